import { HubError } from "../../kernel/index.ts";
import type { EngineClient } from "./client.ts";
import { refused } from "./errors.ts";
import { withoutFrames } from "./streams.ts";

/** Output is read up to here; the engines keep 10–20 MB. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The last `lines` lines of a container's output, stdout and stderr together; "" when it is gone. */
export async function containerOutput(client: EngineClient, id: string, lines: number): Promise<string> {
  const { status, body } = await client.open({
    method: "GET",
    path: `/containers/${encodeURIComponent(id)}/logs`,
    query: { stdout: "true", stderr: "true", tail: String(lines) },
    signal: AbortSignal.timeout(30_000),
  });
  if (status !== 200) {
    const text = await body.text();
    if (status === 404) return "";
    throw refused(client, "give a server's output", { status, text });
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early ends the connection.
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new HubError("engine-refused", "The engine's output is not made of bytes.");
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) break;
  }
  return withoutFrames(Buffer.concat(chunks));
}
