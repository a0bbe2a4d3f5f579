import { messageOf } from "../../kernel/index.ts";
import { type ProgressLine, progressLine } from "./answers.ts";
import { jsonLines } from "./streams.ts";

/**
 * Reads a progress stream to its end; returns the error it carries, if any: Podman and Docker alike answer 200 first and tell of
 * failures in the stream. @throws the signal's reason
 */
export async function readProgress(
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
  onLine: (line: ProgressLine) => void,
): Promise<string | undefined> {
  try {
    for await (const line of jsonLines(body, progressLine)) {
      const failure = line.errorDetail?.message ?? line.error;
      if (failure !== undefined) return failure.trim();
      onLine(line);
    }
    return undefined;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return `the engine's answer broke off (${messageOf(error)})`;
  }
}
