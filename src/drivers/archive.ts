/** Writes a tar that some driver gives out as a gzipped file which is there whole, or not at all. */
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { HubError, isDiskFull } from "../kernel/index.ts";

/** Two blocks of zeros end a tar (POSIX pax, “Archive/Tar”): engines break off in silence when something goes wrong. */
const END_BYTES = 1024;
/** Between the fastest and the default level: half the time of the default, for some hundredths more bytes. */
const LEVEL = 4;

/**
 * @param file absolute path; its folder is made when missing. While it is being written it is called `FILE.part`
 * @param source an uncompressed tar
 * @throws HubError `disk-full`, `command-failed` when the tar is cut short; what the source throws; the signal's reason
 */
export async function writeArchive(source: Readable, file: string, signal: AbortSignal): Promise<void> {
  if (!isAbsolute(file)) throw new HubError("bad-request", `${file} must be an absolute path. Begin it with “/”.`);
  const part = `${file}.part`;
  const tail = new TarTail();
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await rm(part, { force: true });
    const handle = await open(part, "wx", 0o600);
    try {
      const write = async (packed: AsyncIterable<Buffer>): Promise<void> => {
        // Not a stream of the handle: that would close it before it is synced. This one writes on from where it is.
        for await (const chunk of packed) await handle.writeFile(chunk);
      };
      await pipeline(source, tail, createGzip({ level: LEVEL }), write, { signal });
      if (!tail.complete) {
        throw new HubError(
          "command-failed",
          "The archive was cut short by the engine and is not kept. Try again; the engine's own log may tell more.",
        );
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal.throwIfAborted();
    await rename(part, file);
    // What was packed may be erased next, so the name must be on the disk, too.
    await syncFolder(dirname(file));
  } catch (error) {
    source.destroy();
    await rm(part, { force: true });
    if (signal.aborted) throw signal.reason;
    throw explained(error, file);
  }
}

function explained(error: unknown, file: string): unknown {
  if (!isDiskFull(error)) return error;
  return new HubError(
    "disk-full",
    `No space is left for the archive ${file}, so it was given up. Free some space there, then try again.`,
    { cause: error },
  );
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } finally {
    await folder?.close();
  }
}

/** Passes everything on and knows whether it ended as a tar does. */
class TarTail extends Transform {
  #last: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.#last =
      chunk.length >= END_BYTES ? chunk.subarray(-END_BYTES) : Buffer.concat([this.#last, chunk]).subarray(-END_BYTES);
    done(null, chunk);
  }

  get complete(): boolean {
    return this.#last.length === END_BYTES && this.#last.every((byte) => byte === 0);
  }
}
