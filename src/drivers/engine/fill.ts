/** Putting files into a home, by tar in a container that is the person's server in all but its command. */
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { HubError } from "../../kernel/index.ts";
import { DECLINED, emptyTar, FILL_SCRIPT } from "../fill-script.ts";
import { HUB_LABEL } from "../labels.ts";
import type { HomeSpec } from "../port.ts";
import { createdAnswer, exitAnswer } from "./answers.ts";
import type { Answer, EngineClient } from "./client.ts";
import { mountBody } from "./container-spec.ts";
import { imageMissing, lacksImage, lacksProgram, mountMissing, refused, refusedBecause } from "./errors.ts";
import { EXPORT_LABEL, removeHelper } from "./export.ts";
import { FrameReader } from "./streams.ts";

const CHANGE_MS = 120_000;
/** Skeletons are small: a server's start waits for this. */
const LONGEST_MS = 120_000;

interface Filling {
  readonly client: EngineClient;
  /** Of the container. */
  readonly name: string;
  readonly spec: HomeSpec;
  /** Id of the hub. */
  readonly hub: string;
  readonly signal: AbortSignal;
  /** Called when something may have been put into the home. */
  readonly begun: () => void;
}

/** @throws HubError as `Driver.fillHome` */
export async function fillHome(
  client: EngineClient,
  spec: HomeSpec,
  tar: AsyncIterable<Buffer>,
  hub: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<"filled" | "declined"> {
  signal.throwIfAborted();
  const name = `hublet-fill-${spec.name}`;
  await removeHelper(client, name, hub);
  let begun = false;
  const late = AbortSignal.timeout(LONGEST_MS);
  const filling: Filling = {
    ...{ client, name, spec, hub },
    signal: AbortSignal.any([signal, late]),
    begun: () => {
      begun = true;
    },
  };
  try {
    return await fillWith(filling, tar);
  } catch (error) {
    if (begun) await clear(filling);
    if (signal.aborted) throw signal.reason;
    if (late.aborted) throw tookTooLong(client, spec, error);
    throw error;
  } finally {
    await removeHelper(client, name, hub);
  }
}

/** What was unpacked aside goes when nothing is put in; the container may have been removed before it could clear that. */
async function clear(filling: Filling): Promise<void> {
  const { client, name, hub } = filling;
  try {
    await removeHelper(client, name, hub);
    await fillWith({ ...filling, signal: AbortSignal.timeout(CHANGE_MS) }, emptyTar());
  } catch (error) {
    if (!(error instanceof Error)) throw error; // the first error is the one that tells
  }
}

async function fillWith(filling: Filling, tar: AsyncIterable<Buffer>): Promise<"filled" | "declined"> {
  const { client, name, spec, hub, signal } = filling;
  const doing = `put files into the home at ${spec.home.target}`;
  const notBegun = (answer: Answer) =>
    mountMissing(client, [spec.home], answer) ??
    (lacksProgram(answer) ? unsuitable(spec) : refused(client, doing, answer));
  const created = await client.call({
    method: "POST",
    path: "/containers/create",
    query: { name },
    body: containerOf(client, spec, hub),
    timeoutMs: CHANGE_MS,
  });
  if (lacksImage(created)) throw imageMissing(client, spec.image);
  if (created.status >= 300) throw mountMissing(client, [spec.home], created) ?? refused(client, doing, created);
  const id = createdAnswer.parse(JSON.parse(created.text)).Id;
  const query = { stream: "true", stdin: "true", stdout: "true", stderr: "true" };
  const { socket, refusal } = await client.upgrade({ method: "POST", path: `/containers/${id}/attach`, query, signal });
  if (refusal !== undefined) throw notBegun(refusal);
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  let said = "";
  const frames = new FrameReader((text) => {
    said = `${said}${text}`.slice(-1000);
  });
  try {
    // What comes out is one word; that the connection ends means that tar has.
    const ended = endOf(socket, (chunk) => {
      for (const _ of frames.read(chunk));
    });
    const started = await client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: CHANGE_MS });
    if (started.status >= 300) throw notBegun(started);
    filling.begun();
    await send(socket, tar, ended);
    await ended;
    signal.throwIfAborted();
    const call = { method: "POST", path: `/containers/${id}/wait`, signal, timeoutMs: CHANGE_MS } as const;
    const { StatusCode: code } = await client.json(exitAnswer, call, (answer) => refused(client, doing, answer));
    if (code === 0) return "filled";
    if (code === DECLINED) return "declined";
    if (code === 126 || code === 127) throw unsuitable(spec);
    const why = said.trim() || `exit code ${code}`;
    if (/no space left|quota exceeded/i.test(why)) throw refusedBecause(client, doing, why);
    throw new HubError(
      "command-failed",
      `${client.dialect.engine} could not ${doing}: ${why}. Mend that, then try again.`,
    );
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

/** No rights at all beyond those that the server has. */
function containerOf(client: EngineClient, spec: HomeSpec, hub: string) {
  return {
    Image: spec.image,
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: [FILL_SCRIPT, "sh", spec.home.target],
    ...(spec.user === undefined ? {} : { User: spec.user }),
    WorkingDir: "/",
    // Not the hub's own label: a container with that is taken for a server.
    Labels: {
      ...Object.fromEntries(Object.entries(spec.labels).filter(([name]) => name !== HUB_LABEL)),
      [EXPORT_LABEL]: hub,
    },
    AttachStdin: true,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ...(spec.groups === undefined ? {} : { GroupAdd: spec.groups.map(String) }),
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      Mounts: [mountBody(spec.home, client.dialect)],
    },
  };
}

function tookTooLong(client: EngineClient, { home }: HomeSpec, cause: unknown): HubError {
  return new HubError(
    "command-failed",
    `${client.dialect.engine} did not put files into the home at ${home.target} within ${LONGEST_MS / 1000} s. Look whether the disk or share that it lies on answers, then try again.`,
    { cause },
  );
}

function unsuitable({ image }: HomeSpec): HubError {
  return new HubError(
    "image-unsuitable",
    `Files cannot be put into homes of the image ${image}: it has no shell, or none of tar, busybox and Python.`,
  );
}

function endOf(socket: Duplex, onChunk: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    socket.on("data", onChunk);
    // A connection that breaks: the exit code of the container tells the story.
    for (const event of ["end", "close", "error"] as const) socket.on(event, () => resolve());
  });
}

async function send(socket: Duplex, tar: AsyncIterable<Buffer>, ended: Promise<void>): Promise<void> {
  for await (const chunk of tar) {
    if (socket.destroyed || socket.writableEnded) return;
    // Tar that gives up closes its end; its own words come by the other way.
    if (!socket.write(chunk)) await Promise.race([once(socket, "drain").catch(() => undefined), ended]);
  }
  socket.end();
}
