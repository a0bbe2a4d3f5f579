import { HubError } from "../../kernel/index.ts";

/**
 * Takes apart what the state scripts print: a line `NAME LENGTH`, then so many bytes, again and again. By length, so that
 * no content can be taken for a frame.
 * @throws HubError `command-failed` when the output was cut off
 */
export function parseFrames(output: Buffer): ReadonlyMap<string, string> {
  const frames = new Map<string, string>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf("\n", at);
    const [, name, length] = /^([a-z0-9-]+) +(\d+)$/.exec(output.toString("utf8", at, Math.max(end, at))) ?? [];
    const last = end + 1 + Number(length);
    if (name === undefined || last > output.length) {
      throw new HubError("command-failed", "The host's description was cut off on its way. Try again.");
    }
    frames.set(name, output.toString("utf8", end + 1, last));
    at = last;
  }
  return frames;
}
