/** A folder on its way to the hub: a large one takes minutes, and mostly by mistake. */
import { pipeline, type Readable, Transform } from "node:stream";
import { readableBytes } from "./sizes.ts";

/** How often it is told, in bytes. */
const STEP = 100_000_000;

/** The same bytes, with the same end; `note` hears of each 100 MB that went by. */
export function told(tar: Readable, note: (line: string) => void): Readable {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const before = Math.floor(bytes / STEP);
      bytes += chunk.length;
      if (Math.floor(bytes / STEP) > before)
        note(
          `Sent ${readableBytes(bytes)} of the folder so far. What the build does not need can be named in .containerignore.`,
        );
      done(null, chunk);
    },
  });
  // Whoever reads the counter hears of a failure there.
  return pipeline(tar, counter, () => undefined);
}
