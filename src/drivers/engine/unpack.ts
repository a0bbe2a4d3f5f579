/** Unpacking a tar into a volume, by tar in a container that is given it on its standard input. */
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { HubError, systemCode } from "../../kernel/index.ts";
import type { UnpackOptions } from "../port.ts";
import { FOLDER_TAKEN, SETTLE_SCRIPT, UNPACK_SCRIPT } from "../tar-scripts.ts";
import { containerListAnswer } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { refused, refusedBecause } from "./errors.ts";
import { mustBeOurs, Unfit } from "./export.ts";
import { FrameReader } from "./streams.ts";
import { createTarContainer, type Fitting, fittingImages, noImage, type TarWork } from "./tar-container.ts";

/** Removing a large home that came half. */
const DISCARD_MS = 10 * 60 * 1000;

/** @throws HubError as `Driver.unpackVolume` */
export async function unpackVolume(
  client: EngineClient,
  volume: string,
  hub: string,
  tar: AsyncIterable<Buffer>,
  { signal, folder, extended }: UnpackOptions,
): Promise<void> {
  signal.throwIfAborted();
  await mustBeOurs(client, volume, hub);
  if (folder === undefined) await mustBeIdle(client, volume, ", or restore into a folder of its own");
  const work: TarWork = {
    volume,
    doing: `unpack into the volume ${volume}`,
    kind: "unpack",
    script: UNPACK_SCRIPT,
    args: [folder ?? "", extended ? "extended" : "", "owners"],
    capabilities: ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID"],
    signal,
  };
  const settle = (how: string, until: AbortSignal): TarWork => ({
    ...work,
    ...{ script: SETTLE_SCRIPT, args: [how, folder ?? "", "owners"], signal: until },
  });
  try {
    await inFittingImage(client, work, hub, tar);
    await inFittingImage(client, settle(folder === undefined ? "replace" : "folder", signal), hub, undefined);
  } catch (error) {
    // Half a home is of no use; the first error is the one that tells.
    const until = AbortSignal.timeout(DISCARD_MS);
    await inFittingImage(client, settle("discard", until), hub, undefined).catch(() => undefined);
    throw error;
  }
}

async function inFittingImage(
  client: EngineClient,
  work: TarWork,
  hub: string,
  tar: AsyncIterable<Buffer> | undefined,
): Promise<void> {
  // The source can be read once only: an image shows that it fits before anything is sent.
  for await (const fitting of fittingImages(client, work, hub)) {
    try {
      await unpackWith(client, fitting, hub, tar);
      return;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
    }
  }
  throw noImage(client, work);
}

/** @throws HubError `conflict` when a running container uses the volume */
export async function mustBeIdle(client: EngineClient, volume: string, otherwise = ""): Promise<void> {
  const filters = JSON.stringify({ volume: [volume], status: ["running"] });
  const using = await client.json(
    containerListAnswer,
    { method: "GET", path: "/containers/json", query: { filters } },
    (answer) => refused(client, "list containers", answer),
  );
  const first = using[0]?.Names[0]?.replace(/^\//, "");
  if (first === undefined) return;
  throw new HubError("conflict", `The volume ${volume} is used by ${first}, which runs. Stop it first${otherwise}.`);
}

async function unpackWith(
  client: EngineClient,
  { image, work }: Fitting,
  hub: string,
  tar: AsyncIterable<Buffer> | undefined,
): Promise<void> {
  const container = await createTarContainer(client, image, work, hub);
  const { socket } = container;
  const stop = () => socket.destroy();
  work.signal.addEventListener("abort", stop, { once: true });
  let said = "";
  try {
    const output = outputOf(socket, (text) => {
      said = `${said}${text}`.slice(-4000);
    });
    await container.start();
    if (tar !== undefined && (await output.ready) === "ready") await send(socket, tar, output.ended);
    else socket.end();
    await output.ended;
    work.signal.throwIfAborted();
    const code = await container.wait();
    if (code === 126 || code === 127) throw new Unfit();
    if (code === FOLDER_TAKEN)
      throw new HubError("conflict", `There is such a folder in ${work.volume} already. Choose another name.`);
    if (code !== 0) throw failure(client, work, said.trim() || `exit code ${code}`);
  } catch (error) {
    if (work.signal.aborted) throw work.signal.reason;
    throw error;
  } finally {
    work.signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

/** Reads what comes out. `ready`: the script has found its programs; `ended`: before that, or at all. */
function outputOf(socket: Duplex, onError: (text: string) => void) {
  const frames = new FrameReader(onError);
  let ready: (how: "ready" | "ended") => void = () => undefined;
  const whenReady = new Promise<"ready" | "ended">((resolve) => {
    ready = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      for (const _ of frames.read(chunk)) ready("ready");
    });
    // A connection that breaks: the exit code of the container tells the story.
    for (const event of ["end", "close", "error"] as const)
      socket.on(event, () => {
        ready("ended");
        resolve();
      });
  });
  return { ready: whenReady, ended };
}

async function send(socket: Duplex, tar: AsyncIterable<Buffer>, ended: Promise<void>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for await (const chunk of tar) {
    if (over || socket.writableEnded) return;
    try {
      if (!socket.write(chunk)) await Promise.race([once(socket, "drain"), ended]);
    } catch (error) {
      // Tar has given up; its own words are better than these.
      if (systemCode(error) === "EPIPE" || systemCode(error) === "ECONNRESET") return;
      throw error;
    }
  }
  socket.end();
}

function failure(client: EngineClient, work: TarWork, said: string): HubError {
  if (/no space left|quota exceeded/i.test(said)) return refusedBecause(client, work.doing, said);
  return new HubError(
    "command-failed",
    `${client.dialect.engine} could not ${work.doing}: ${said.slice(-1000)}. Mend that, then try again.`,
  );
}
