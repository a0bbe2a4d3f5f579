/** The host's folders as a hub sees them that has the broker look. */
import { request } from "node:http";
import { z } from "zod";
import type { HostView } from "./host-view.ts";

const LONGEST_MS = 10 * 60_000;
const answerSchema = z.union([
  z.object({ real: z.string(), uid: z.number() }),
  z.object({ code: z.string().nullable(), message: z.string() }),
]);

/** @param socketPath the broker's socket */
export function brokerView(socketPath: string): HostView {
  const look = async (path: string): Promise<{ readonly real: string; readonly uid: number }> => {
    const { status, text } = await ask(socketPath, path);
    if (status === 403) throw Object.assign(new Error(`the broker does not look at ${path}`), { code: "EACCES" });
    if (status !== 200) throw new Error(`the broker answered with status ${status}`);
    const answer = answerSchema.parse(JSON.parse(text));
    if ("real" in answer) return answer;
    throw Object.assign(new Error(answer.message), answer.code === null ? {} : { code: answer.code });
  };
  return { stat: look, real: async (path) => (await look(path)).real };
}

function ask(socketPath: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ path });
    const outgoing = request({
      socketPath,
      method: "POST",
      path: "/hublet/look",
      agent: false,
      headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) },
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    outgoing.once("error", reject);
    outgoing.once("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("error", reject).once("end", () => resolve({ status: answer.statusCode ?? 502, text }));
    });
    outgoing.end(body);
  });
}
