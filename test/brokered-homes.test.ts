/** Homes that are folders of the host, through the broker: whose they are there, and that no other place can be had. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { type BrokerPolicy, brokerView, hostView, policyOf, startBroker } from "../src/broker/index.ts";
import { snapshotFromText } from "../src/config/index.ts";
import { configSchema } from "../src/contract/index.ts";
import { createDockerDriver, createPodmanDriver, type Driver, type EngineDriverOptions } from "../src/drivers/index.ts";
import { ClosingStack, randomHex } from "../src/kernel/index.ts";
import { type EngineHall, openEngineHall } from "../src/servers/test-support/engine-hall.ts";
import { ALICE, CAROL } from "../src/servers/test-support/hall.ts";
import { mayStartDocker, startDocker, startPodman, type TestEngine } from "./support/engines.ts";

const run = promisify(execFile);

// Homes are given to other accounts here, which takes root.
if (mayStartDocker()) {
  test("rootless Podman: a home under a number of one's own belongs to that number on the host, and to nobody else", async (t) => {
    const homes = await place(t);
    const { hall, configure, deceive, refusals } = await brokered(t, "podman", startPodman, createPodmanDriver);
    const server = { runAs: "own", homes: { folder: `${homes}/{username}` } };
    configure({ server });
    const [first = 0] = (await readFile("/etc/subuid", "utf8")).match(/(?<=^hublet-test:)\d+/m)?.map(Number) ?? [];
    const [group = 0] = (await readFile("/etc/subgid", "utf8")).match(/(?<=^hublet-test:)\d+/m)?.map(Number) ?? [];
    // Root in a container is the account itself; what is mapped begins with 1.
    const [uid, gid] = [first + 19_999, group + 99];

    const homeless = await hall.refused(ALICE);
    assert.equal(homeless.code, "mount-missing");
    const advice = /“sudo (install .*)”/.exec(homeless.message)?.[1] ?? "";
    assert.equal(advice, `install -d -m 0700 -o ${uid} -g ${gid} ${homes}/alice`);
    // As somebody does who takes the number for one of the host.
    await mkdir(`${homes}/alice`, { mode: 0o700 });
    await chown(`${homes}/alice`, 20_000, 100);
    const strange = await hall.refused(ALICE);
    const belongs = `belongs to the number 20000 and not to ${uid} (20000 in servers)`;
    assert.ok(strange.message.includes(belongs), strange.message);
    await rm(`${homes}/alice`, { recursive: true });

    await run("/usr/bin/env", advice.split(" "));
    const { self, home } = await hall.run(ALICE);
    assert.match(self, /^uid=20000\b.* gid=100\b/m);
    assert.match(home, /^20000:100 700 \.$/m);
    const made = await stat(`${homes}/alice/made-here`);
    assert.deepEqual([made.uid, made.gid], [uid, gid]);
    await hall.stop(ALICE);

    await refusedElsewhere(homes, { hall, deceive, refusals }, server);

    // The image's own user, and a name that is written in another way in paths.
    configure({ server: { homes: server.homes } });
    const missing = await hall.refused(CAROL);
    await run("/usr/bin/env", (/“sudo (install .*)”/.exec(missing.message)?.[1] ?? missing.message).split(" "));
    assert.match((await hall.run(CAROL)).home, /^1000:100 700 \.$/m);
    const hers = (await readdir(homes)).find((name) => name !== "alice") ?? "";
    assert.equal((await stat(`${homes}/${hers}/made-here`)).uid, first + 999);
  });

  test("Docker: a server of a host's account has that account's home, groups and number", async (t) => {
    const prefix = `hublet-${randomHex(3)}-`;
    const homes = await place(t);
    await run("useradd", ["--no-create-home", "--home-dir", `${homes}/${prefix}alice`, `${prefix}alice`]);
    t.after(() => run("userdel", [`${prefix}alice`]));
    const [uid, gid] = (await Promise.all(["-u", "-g"].map((word) => run("id", [word, `${prefix}alice`])))).map(
      ({ stdout }) => Number(stdout),
    );
    await run("install", ["-d", "-m", "0700", "-o", `${uid}`, "-g", `${gid}`, `${homes}/${prefix}alice`]);
    const { hall, configure, deceive, refusals } = await brokered(t, "docker", startDocker, createDockerDriver);
    const server = { runAs: "host", homes: { folder: `${homes}/{account}` }, home: "/home/{account}" };
    configure({ server, people: { hostAccounts: { prefix } } });

    const { self, home } = await hall.run(ALICE);
    assert.match(self, new RegExp(`^uid=${uid}\\b.* gid=${gid}\\b`, "m"));
    assert.match(self, new RegExp(`^HOME=/home/${prefix}alice$`, "m"));
    assert.match(home, new RegExp(`^${uid}:${gid} 700 \\.$`, "m"));
    const made = await stat(`${homes}/${prefix}alice/made-here`);
    assert.deepEqual([made.uid, made.gid], [uid, gid]);
    await hall.stop(ALICE);

    await refusedElsewhere(homes, { hall, deceive, refusals }, server);
    // Her own home, as another account of the host.
    deceive({ ...server, runAs: "own", homes: { folder: `${homes}/{account}` } });
    await chown(`${homes}/${prefix}alice`, 20_000, 100);
    assert.equal((await hall.refused(ALICE)).code, "engine-refused");
    assert.match(refusals.at(-1) ?? "", /a server runs as the account of its person on this host/);
  });
}

/** A home that the configuration does not name, for a hub that was taken over; and one that became a link. */
async function refusedElsewhere(
  homes: string,
  { hall, deceive, refusals }: Pick<Brokered, "hall" | "deceive" | "refusals">,
  server: { readonly homes: { readonly folder: string } },
): Promise<void> {
  const { folder } = server.homes;
  const own = folder.replace(/\{.*\}/, (await readdir(homes))[0] ?? "");
  await mkdir(`${homes}-elsewhere`);
  try {
    deceive({ ...server, homes: { folder: `${homes}-elsewhere/{username}` } });
    assert.match((await hall.refused(ALICE)).message, /-elsewhere/);
    assert.match(refusals.at(-1) ?? "", /the configuration does not mount/);
    deceive(server);
    await rename(own, `${homes}-elsewhere/moved`);
    await symlink(`${homes}-elsewhere/moved`, own);
    assert.match((await hall.refused(ALICE)).message, /is reached by a link, which leads to/);
    await rm(own);
    await rename(`${homes}-elsewhere/moved`, own);
  } finally {
    await rm(`${homes}-elsewhere`, { recursive: true });
  }
}

/** A folder for homes that everybody may enter. */
async function place(t: TestContext): Promise<string> {
  const homes = `/srv/hublet-homes-${randomHex(3)}`;
  t.after(() => rm(homes, { recursive: true, force: true }));
  await mkdir(homes, { mode: 0o755 });
  return homes;
}

interface Brokered {
  readonly hall: EngineHall;
  /** What hub and broker go by from now on. */
  configure(config: { readonly server: Record<string, unknown>; readonly people?: unknown }): void;
  /** What the hub alone goes by: one that was taken over. */
  deceive(server: Record<string, unknown>): void;
  /** Why the broker refused what. */
  readonly refusals: readonly string[];
}

/** A hub's servers on an engine that only its broker reaches, both by one configuration. */
async function brokered(
  t: TestContext,
  kind: "podman" | "docker",
  start: () => Promise<TestEngine>,
  create: (options: EngineDriverOptions) => Driver,
): Promise<Brokered> {
  const stack = new ClosingStack();
  const refusals: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "hublet-brokered-"));
  const listenSocket = join(folder, "broker.sock");
  const text = (config: object) => snapshotFromText(JSON.stringify(config), { accounts: "/etc/passwd" });
  let config: object = {};
  let engineSocket = "";
  const accountOf = (name: typeof ALICE) => text(config).accountOf(name);
  const startBrokered = async (): Promise<TestEngine> => {
    const engine = stack.add(await start());
    engineSocket = engine.socketPath;
    stack.add(
      await startBroker({
        ...{ engineSocket, listenSocket, socketMode: 0o600, pinsFile: join(folder, "hub.json") },
        policy: () => policy(),
        accountOf: (user) => accountOf(user as typeof ALICE),
        view: hostView(""),
        log: {
          warn: (facts) => refusals.push(JSON.stringify(facts)),
          error: (facts, message) => console.error(message, facts),
        },
      }),
    );
    return { socketPath: listenSocket, close: () => stack.close() };
  };
  const policy = (): BrokerPolicy =>
    policyOf(configSchema.parse(config), { engine: kind, state: join(folder, "state"), closed: ["/etc/hublet"] });
  // Images of this kind are brought by “apply”, past the broker.
  const behind = (options: EngineDriverOptions): Driver => {
    const past = create({ ...options, socketPath: engineSocket });
    const driver = create(options);
    const images = driver.images && past.images && { ...driver.images, importRoot: past.images.importRoot };
    return { ...driver, images, close: async () => void (await Promise.all([driver.close(), past.close()])) };
  };
  const hall = await openEngineHall(t, startBrokered, behind, { accountOf, hostView: brokerView(listenSocket) });
  t.after(() => rm(folder, { recursive: true }));
  return {
    hall,
    refusals,
    configure: ({ server, ...more }) => {
      config = { server, ...more };
      hall.configure(server, more);
    },
    deceive: (server) => hall.configure(server, "people" in config ? { people: config.people } : {}),
  };
}
