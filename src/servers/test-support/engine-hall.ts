/** A hall whose servers run on a real engine, by default from an image of busybox that tells what it sees of itself. */
import type { TestContext } from "node:test";
import { Client } from "undici";
import { z } from "zod";
import { makeBusyboxRoot, type TestEngine } from "../../../test/support/engines.ts";
import { type Config, configSchema } from "../../contract/index.ts";
import type { Driver, EngineDriverOptions, ImportSettings } from "../../drivers/index.ts";
import {
  ClosingStack,
  containerName,
  DEFAULT_SERVER,
  randomHex,
  type UserName,
  volumeName,
} from "../../kernel/index.ts";
import type { ServersOptions } from "../index.ts";
import { ALICE, CAROL, type Hall, HUB_ID, hallFolder, openHall } from "./hall.ts";

const SOON = { withinMs: 60_000 };
/** Answers as a server does, and shows `id`, its environment and its home below its address. */
const SERVER = `
www="/tmp/www/user/$JUPYTERHUB_USER"
mkdir -p "$www" && echo '{}' > "$www/api" || exit 9
[ -w "$HOME" ] && echo "of $JUPYTERHUB_USER" > "$HOME/made-here"
{ busybox id; env; pwd; } > "$www/self"
(cd "$HOME" && busybox find . -exec busybox stat -c '%u:%g %a %n' {} + | busybox sort) > "$www/home"
exec busybox httpd -f -p 8888 -h /tmp/www
`;

const BUSYBOX = {
  ...{ entrypoint: [], command: ["/bin/sh"], user: "1000:100", workingDirectory: "/home/jovyan" },
  ...{ environment: { HOME: "/home/jovyan", PATH: "/bin" }, labels: {} },
};

export interface EngineHall extends Hall {
  readonly engine: TestEngine;
  readonly driver: Driver;
  /** `server` of the configuration from the next start on. */
  configure(server: Record<string, unknown>, more?: Record<string, unknown>): void;
  /** Starts, and says what the server shows; or fails with the failure's words. */
  run(user: UserName): Promise<{ readonly self: string; readonly home: string; readonly messages: readonly string[] }>;
  /** Starts what must fail. */
  refused(user: UserName): Promise<{ readonly code: string; readonly message: string }>;
  stop(user: UserName): Promise<void>;
  /** Where a running server answers, with its prefix. */
  addressOf(user: UserName): Promise<string>;
  /** Where a volume is on this host. */
  folderOf(user: UserName): Promise<string>;
}

export async function openEngineHall(
  t: TestContext,
  start: () => Promise<TestEngine>,
  create: (options: EngineDriverOptions) => Driver,
  change: Partial<ServersOptions> = {},
  /** Another image and its own command. */
  other?: { readonly tar: string; readonly settings: ImportSettings },
): Promise<EngineHall> {
  const closing = new ClosingStack();
  t.after(() => closing.close());
  const engine = closing.add(await start());
  const root = other === undefined ? closing.add(await makeBusyboxRoot()) : { tarPath: other.tar };
  const driver = closing.add(create({ socketPath: engine.socketPath, hub: HUB_ID }));
  const image = `localhost/hublet-test/identity-${randomHex(4)}:1`;
  const settings = {
    ...(other?.settings ?? BUSYBOX),
    reference: image,
  };
  await driver.images?.importRoot(root.tarPath, settings, { signal: AbortSignal.timeout(120_000) });
  closing.defer(async () => {
    for (const { name } of await driver.list(HUB_ID)) await driver.stop(name, { graceSeconds: 0 });
    for (const user of [ALICE, CAROL]) await driver.removeVolume(volumeName(user));
    await driver.images?.remove(image);
  });
  let config: Config | undefined;
  const configure: EngineHall["configure"] = (server, more = {}) => {
    const command = other === undefined ? { command: ["/bin/sh", "-c", SERVER] } : {};
    const own = { image, ...command, startTimeout: 60, stopGrace: 1 };
    config = configSchema.parse({ ...more, server: { ...own, ...server } });
  };
  configure({});
  const folder = await hallFolder(t);
  const hall = await openHall(folder, () => ({ driver, config: () => config ?? configSchema.parse({}), ...change }));
  t.after(() => hall.close());
  await hall.servers.reconcile();
  const key = (user: UserName) => ({ user, server: DEFAULT_SERVER });
  const settled = async (user: UserName) => {
    await hall.servers.start({ ...key(user), by: user });
    return (await hall.servers.settled(key(user) as never, SOON)).server;
  };
  const stop = async (user: UserName): Promise<void> => {
    await hall.servers.stop({ ...key(user), by: user });
    await hall.servers.settled(key(user) as never, SOON);
  };
  const addressOf = async (user: UserName): Promise<string> =>
    `${(await driver.observe(containerName(user, DEFAULT_SERVER)))?.url}${(await hall.servers.get(key(user)))?.url}`;
  return {
    ...hall,
    addressOf,
    engine,
    driver,
    configure,
    stop,
    async run(user) {
      const server = await settled(user);
      if (server.state !== "ready") throw new Error(JSON.stringify(server.failure));
      const address = await addressOf(user);
      const text = async (page: string) => (await fetch(`${address}${page}`)).text();
      const messages = (await hall.servers.timeline(key(user))).map(({ message }) => message);
      return { self: await text("self"), home: await text("home"), messages };
    },
    async refused(user) {
      const { failure } = await settled(user);
      if (failure === null) throw new Error("it started");
      return failure;
    },
    folderOf: (user) => mountpoint(engine.socketPath, volumeName(user)),
  };
}

async function mountpoint(socketPath: string, volume: string): Promise<string> {
  const client = new Client("http://engine", { socketPath });
  try {
    const { body } = await client.request({ method: "GET", path: `/volumes/${volume}` });
    return z.object({ Mountpoint: z.string() }).parse(await body.json()).Mountpoint;
  } finally {
    await client.close();
  }
}
