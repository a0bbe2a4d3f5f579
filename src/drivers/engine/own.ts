/** Giving all files of a volume another owner, by chown in a container. */
import { HubError } from "../../kernel/index.ts";
import { OWN_SCRIPT } from "../tar-scripts.ts";
import type { EngineClient } from "./client.ts";
import { mustBeOurs, Unfit } from "./export.ts";
import { FrameReader } from "./streams.ts";
import { createTarContainer, type Fitting, fittingImages, noImage, type TarWork } from "./tar-container.ts";
import { mustBeIdle } from "./unpack.ts";

/** A home with millions of files on a slow disk. */
const LONGEST_MS = 30 * 60 * 1000;

/** @throws HubError as `Driver.ownVolume` */
export async function ownVolume(
  client: EngineClient,
  volume: string,
  hub: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await mustBeOurs(client, volume, hub);
  await mustBeIdle(client, volume);
  const work: TarWork = {
    volume,
    doing: `change the owner of the volume ${volume}`,
    kind: "own",
    script: OWN_SCRIPT,
    args: [`${uid}:${gid}`],
    // Into folders of every mode, and nothing but owners is changed.
    capabilities: ["CHOWN", "DAC_READ_SEARCH"],
    signal: AbortSignal.timeout(LONGEST_MS),
  };
  for await (const fitting of fittingImages(client, work, hub)) {
    try {
      await ownWith(client, fitting, hub);
      return;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
    }
  }
  throw noImage(client, work);
}

async function ownWith(client: EngineClient, { image, work }: Fitting, hub: string): Promise<void> {
  const container = await createTarContainer(client, image, work, hub);
  const { socket } = container;
  const stop = () => socket.destroy();
  work.signal.addEventListener("abort", stop, { once: true });
  let said = "";
  const frames = new FrameReader((text) => {
    said = `${said}${text}`.slice(-1000);
  });
  try {
    await container.start();
    for await (const chunk of socket) for (const _ of frames.read(chunk as Buffer));
    const code = await container.wait();
    if (code === 126 || code === 127) throw new Unfit();
    if (code === 0) return;
    throw new HubError(
      "command-failed",
      `${client.dialect.engine} could not ${work.doing}: ${said.trim() || `exit code ${code}`}. Some files may have the new owner already. Mend that, then try again.`,
    );
  } finally {
    work.signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}
