/** Putting files into a home folder, by the same script as in containers. */
import { mkdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { HubError, systemCode } from "../../kernel/index.ts";
import { DECLINED, FILL_SCRIPT } from "../fill-script.ts";
import { startScript } from "./folder-tar.ts";

/** @throws HubError as `Driver.fillHome` */
export async function fillFolder(
  folder: string,
  source: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<"filled" | "declined"> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const script = startScript(FILL_SCRIPT, [folder], signal);
  script.child.stdout.resume();
  await pipeline(Readable.from(source), script.child.stdin, { signal }).catch((error: unknown) => {
    // A home that declines does not read on.
    if (systemCode(error) !== "EPIPE" && systemCode(error) !== "ERR_STREAM_PREMATURE_CLOSE" && !signal.aborted)
      throw error;
  });
  const code = await script.ended;
  signal.throwIfAborted();
  if (code === 0) return "filled";
  if (code === DECLINED) return "declined";
  const said = script.said().slice(-1000) || `exit code ${code}`;
  const full = /no space left|quota exceeded/i.test(said);
  throw new HubError(
    full ? "disk-full" : "command-failed",
    `Files could not be put into ${folder}: ${said}. ${full ? "Free some space there" : "Mend that"}, then try again.`,
  );
}
