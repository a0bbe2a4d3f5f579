/** Reading a volume that may be in use, by tar in a container. */
import { HubError } from "../../kernel/index.ts";
import type { PackOptions } from "../port.ts";
import { PACK_SCRIPT } from "../tar-scripts.ts";
import type { EngineClient } from "./client.ts";
import { mustBeOurs, Unfit } from "./export.ts";
import { FrameReader } from "./streams.ts";
import { createTarContainer, type Fitting, fittingImages, noImage, type TarWork } from "./tar-container.ts";

/** As tar says it when a file changed or went while it was read; nothing else is missing then (exit code 1). */
const CHANGED = 1;

/** @throws HubError as `Driver.packVolume` */
export async function* packVolume(
  client: EngineClient,
  volume: string,
  hub: string,
  { signal, onNote }: PackOptions,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  await mustBeOurs(client, volume, hub);
  const work: TarWork = {
    volume,
    doing: `pack the volume ${volume}`,
    kind: "pack",
    script: PACK_SCRIPT,
    args: [],
    // Files of every owner and mode can be read, and nothing else can be done.
    capabilities: ["DAC_READ_SEARCH"],
    signal,
  };
  for await (const fitting of fittingImages(client, work, hub)) {
    try {
      yield* packWith(client, fitting, hub, onNote);
      return;
    } catch (error) {
      // An image that does not fit says so before it gives anything.
      if (!(error instanceof Unfit)) throw error;
    }
  }
  throw noImage(client, work);
}

async function* packWith(
  client: EngineClient,
  { image, work }: Fitting,
  hub: string,
  onNote: (note: string) => void,
): AsyncGenerator<Buffer> {
  const container = await createTarContainer(client, image, work, hub);
  const stop = () => container.socket.destroy();
  work.signal.addEventListener("abort", stop, { once: true });
  let said = "";
  try {
    await container.start();
    const frames = new FrameReader((text) => {
      said = `${said}${text}`.slice(-4000);
    });
    for await (const chunk of container.socket) yield* frames.read(chunk as Buffer);
    work.signal.throwIfAborted();
    const code = await container.wait();
    if (code === 126 || code === 127) throw new Unfit();
    if (code === CHANGED) for (const line of said.trim().split("\n")) onNote(line);
    if (code === 0 || code === CHANGED) return;
    throw new HubError(
      "command-failed",
      `Not all files of ${work.volume} could be read: ${said.trim().slice(-1000) || `exit code ${code}`}. Mend that, then try again.`,
    );
  } catch (error) {
    if (work.signal.aborted) throw work.signal.reason;
    throw error;
  } finally {
    work.signal.removeEventListener("abort", stop);
    container.socket.destroy();
  }
}
