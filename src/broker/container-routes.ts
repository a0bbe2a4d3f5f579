import { text as textOf } from "node:stream/consumers";
import { z } from "zod";
import { HUB_LABEL } from "../kernel/index.ts";
import { checkHelper, checkServer, HELPER_LABEL, quoted, USER_LABEL } from "./check-container.ts";
import { type CreateMount, helperBody, type ServerBody, serverBody } from "./container-schema.ts";
import {
  answerOnSocket,
  answerWith,
  type Exchange,
  isOurs,
  jsonBody,
  jsonText,
  listOf,
  look,
  parsed,
  relay,
} from "./exchange.ts";
import { checkFolder } from "./host-folders.ts";
import { mustBeUsable } from "./image-routes.ts";
import { network, volume } from "./place-routes.ts";
import { Missing, Refusal } from "./refusal.ts";
import { flag, type Route, route } from "./route.ts";
import { targetText } from "./target.ts";

const labels = z.record(z.string(), z.string()).nullish();
const container = z.looseObject({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  Name: z.string(),
  Config: z.looseObject({ Labels: labels }),
});
const listed = z.array(z.looseObject({ Labels: labels }));
const filters = z.strictObject({
  label: z.array(z.string().max(512)).max(4).optional(),
  volume: z.array(z.string().max(512)).max(1).optional(),
  status: z.array(z.literal("running")).max(1).optional(),
});

export const containerRoutes: readonly Route[] = [
  route(
    "GET /containers/json",
    { all: flag.optional(), filters: z.string().max(4096).optional() },
    async (exchange, { query }) => {
      const wanted = query.filters === undefined ? undefined : parsed(filters, jsonText(query.filters));
      const target = targetText(exchange.prefix, ["containers", "json"], {
        all: query.all,
        filters: wanted === undefined ? undefined : JSON.stringify(wanted),
      });
      const found = await listOf(exchange, target, listed);
      if (found === undefined) return;
      // By our own eyes: engines combine filters in ways of their own.
      const ours = found.filter(({ Labels }) => isOurs(exchange, Labels));
      answerWith(exchange, { status: 200, text: JSON.stringify(ours) });
    },
  ),
  route("POST /containers/create", { name: z.string() }, create, { body: "json" }),
  route("GET /containers/{name}/json", {}, async (exchange, { name }) => {
    const found = await look(exchange, ["containers", name, "json"], container);
    if (found === undefined) throw new Missing(`no such container: ${quoted(name)}`);
    const ours = isOurs(exchange, found.data.Config.Labels) && isCalled(found.data, name);
    if (!ours && TAKEN_NAME.test(name) && isCalled(found.data, name)) {
      // That a server's name is taken may be known, and nothing else of who has it.
      answerWith(exchange, { status: 200, text: JSON.stringify(stranger(found.data)) });
      return;
    }
    if (!ours) throw new Refusal(`no such container: ${quoted(name)}`, 404);
    answerWith(exchange, { status: 200, text: found.text });
  }),
  act("POST", "start", {}),
  act("POST", "stop", {
    t: z
      .string()
      .regex(/^\d{1,6}$/)
      .optional(),
  }),
  act("POST", "kill", { signal: z.literal("KILL") }),
  act("POST", "wait", { condition: z.literal("removed").optional() }),
  act("GET", "logs", { stdout: flag, stderr: flag, tail: z.string().regex(/^\d{1,6}$/) }),
  route("DELETE /containers/{name}", { force: flag, v: flag }, async (exchange, { name, query }) => {
    const id = await ownId(exchange, name);
    await relay(exchange, { method: "DELETE", target: targetText(exchange.prefix, ["containers", id], query) });
  }),
  route(
    "POST /containers/{name}/attach",
    { stream: z.literal("true"), stdin: flag.optional(), stdout: flag, stderr: flag },
    async (exchange, { name, query }) => {
      const id = await ownId(exchange, name);
      const asked = {
        method: "POST",
        target: targetText(exchange.prefix, ["containers", id, "attach"], query),
      } as const;
      if (exchange.hijack === undefined) await relay(exchange, asked);
      else await join(exchange, asked);
    },
    { upgrade: true },
  ),
];

const TAKEN_NAME = /^jupyter-/;

function stranger({ Id, Name }: z.output<typeof container>) {
  const State = { Running: false, Status: "unknown", ExitCode: 0 };
  return { Id, Name, State, Config: { Labels: {} }, NetworkSettings: { Ports: {} } };
}

function act<S extends z.ZodRawShape>(method: "GET" | "POST", verb: string, query: S): Route {
  return route(`${method} /containers/{name}/${verb}`, query, async (exchange, found) => {
    const id = await ownId(exchange, found.name);
    const asked: Record<string, string | undefined> = z.record(z.string(), z.string().optional()).parse(found.query);
    await relay(exchange, { method, target: targetText(exchange.prefix, ["containers", id, verb], asked) });
  });
}

/** The id of a container that is this hub's: what is done to it cannot meet another. @throws Refusal */
async function ownId(exchange: Exchange, name: string): Promise<string> {
  const found = await look(exchange, ["containers", name, "json"], container);
  if (found === undefined) throw new Missing(`no such container: ${quoted(name)}`);
  if (!isCalled(found.data, name)) throw new Refusal(`a container is named as a whole, not as ${quoted(name)}`);
  if (!isOurs(exchange, found.data.Config.Labels)) throw new Refusal(`the container ${quoted(name)} is not this hub's`);
  return found.data.Id;
}

/** Engines also find containers by the beginning of an id. */
function isCalled({ Id: id, Name: name }: z.output<typeof container>, asked: string): boolean {
  return id === asked || name.replace(/^\//, "") === asked;
}

async function create(
  exchange: Exchange,
  { query: { name } }: { readonly query: { readonly name: string } },
): Promise<void> {
  const { policy, room, prefix } = exchange;
  const data = await jsonBody(exchange, z.looseObject({ Labels: z.record(z.string(), z.unknown()) }));
  const isHelper = HELPER_LABEL in data.Labels;
  const rules = { policy, accountOf: room.accountOf };
  const body = isHelper ? parsed(helperBody, data) : parsed(serverBody, data);
  if (isHelper) checkHelper(rules, name, parsed(helperBody, data));
  else checkServer(rules, name, parsed(serverBody, data));
  const hub = body.Labels[isHelper ? HELPER_LABEL : HUB_LABEL];
  if (hub === undefined) throw new Refusal("a container without the hub's label is nobody's");
  await room.pins.require(hub);
  const mounts = body.HostConfig.Mounts ?? [];
  for (const mount of mounts) await checkSource(exchange, mount, body.Labels[USER_LABEL]);
  const onHost = writesOnHost(policy.engine, mounts) ? { user: body.User } : undefined;
  const user = await mustBeUsable(exchange, body.Image, onHost);
  if (!isHelper) await checkNetwork(exchange, name, (body as ServerBody).HostConfig.NetworkMode);
  await relay(exchange, {
    method: "POST",
    target: targetText(prefix, ["containers", "create"], { name }),
    // Said as it was looked at: by now the name may be another image's.
    body: user === undefined ? body : { ...body, User: user },
  });
}

/** Under a daemon of root, who is root inside writes files of root into folders of the host, with the bits that make others root. */
function writesOnHost(engine: "podman" | "docker", mounts: readonly CreateMount[]): boolean {
  return engine === "docker" && mounts.some(({ Type, ReadOnly }) => Type === "bind" && !ReadOnly);
}

async function checkSource(exchange: Exchange, mount: CreateMount, user: string | undefined): Promise<void> {
  if (mount.Type === "bind") {
    await checkFolder(exchange.policy, exchange.room.view, mount.Source);
    return;
  }
  const found = await look(exchange, ["volumes", mount.Source], volume);
  const owner = found?.data.Labels?.[HUB_LABEL];
  if (owner !== undefined && owner !== exchange.room.pins.hub)
    throw new Refusal(`the volume ${quoted(mount.Source)} is another hub's`);
  const person = found?.data.Labels?.[USER_LABEL];
  if (user !== undefined && person !== undefined && person !== user)
    throw new Refusal(`the volume ${quoted(mount.Source)} is another person's`);
}

/** A network of the server's own, or the engine's for one container. */
async function checkNetwork(exchange: Exchange, name: string, mode: string): Promise<void> {
  if (mode === "slirp4netns" || mode === "pasta") return;
  const found = await look(exchange, ["networks", mode], network);
  if (found === undefined || !isOurs(exchange, found.data.Labels))
    throw new Refusal(`the network ${quoted(mode)} is not this hub's`);
  if (found.data.Name !== name) throw new Refusal(`the network ${quoted(found.data.Name)} is another server's`);
  if (mode !== found.data.Id && mode !== found.data.Name) throw new Refusal("a network is named as a whole");
}

/** Lets the two talk until both have ended, or one is gone. */
async function join(exchange: Exchange, asked: { readonly method: "POST"; readonly target: string }): Promise<void> {
  const { hijack, room, signal } = exchange;
  if (hijack === undefined) return;
  const opened = await room.engine.upgrade(asked, signal);
  if (opened.socket === undefined) {
    // In the engine's words: the hub learns from them that an image has no such program.
    const status = opened.answer.statusCode ?? 502;
    answerOnSocket(hijack.socket, { status, text: await textOf(opened.answer) });
    return;
  }
  const { socket: inner, head } = opened;
  const { socket: outer } = hijack;
  const type = opened.answer.headers["content-type"] ?? "application/vnd.docker.raw-stream";
  outer.write(`HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  if (head.length > 0) outer.write(head);
  if (hijack.head.length > 0) inner.write(hijack.head);
  for (const [one, other] of [
    [inner, outer],
    [outer, inner],
  ] as const) {
    one.on("error", () => other.destroy());
    // The hub's side closes when all has been said, or when nobody listens any more.
    one.on("close", () => {
      if (one === outer || !one.readableEnded) other.destroy();
    });
    one.pipe(other);
  }
}
