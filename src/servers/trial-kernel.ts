/** Has a Jupyter server start a kernel and compute something (Jupyter's REST API, and its messages over a websocket). */
import { Client, WebSocket } from "undici";
import { z } from "zod";
import { HubError, randomHex, type Secret } from "../kernel/index.ts";

export interface KernelTrial {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

const specsSchema = z.object({ default: z.string(), kernelspecs: z.record(z.string(), z.unknown()) });
const kernelSchema = z.object({ id: z.string(), name: z.string() });
const messageSchema = z.object({
  channel: z.string().optional(),
  header: z.object({ msg_type: z.string() }),
  parent_header: z.object({ msg_id: z.string().optional() }).optional(),
  content: z.object({ status: z.string().optional(), ename: z.string().optional(), evalue: z.string().optional() }),
});

/** A number times a number is the same in Python, R and Julia. */
const CODE = "6*7";

/** @throws HubError `image-unsuitable` with what the server or the kernel said; the signal's reason */
export async function tryKernel({ url, token, signal, onLine }: KernelTrial): Promise<void> {
  const client = new Client(url);
  const headers = { authorization: `token ${token.reveal()}`, "content-type": "application/json" };
  async function ask<T>(method: "GET" | "POST", path: string, schema: z.ZodType<T>, body?: object): Promise<T> {
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await client.request({ method, path, headers, body: text, signal });
    const said = await answer.body.text();
    if (answer.statusCode >= 300)
      throw unsuitable(`${method} ${path} answered with status ${answer.statusCode}: ${said.slice(0, 300)}`);
    return schema.parse(JSON.parse(said));
  }
  try {
    const specs = await ask("GET", "/api/kernelspecs", specsSchema);
    const names = Object.keys(specs.kernelspecs);
    const name = names.includes(specs.default) ? specs.default : names[0];
    if (name === undefined) throw unsuitable("it has no kernel");
    const kernel = await ask("POST", "/api/kernels", kernelSchema, { name });
    onLine(`kernel ${kernel.name}: running ${CODE}`);
    await compute(`${url.replace(/^http/, "ws")}/api/kernels/${kernel.id}/channels`, headers.authorization, signal);
    onLine(`kernel ${kernel.name}: answered`);
  } finally {
    await client.destroy();
  }
}

async function compute(url: string, authorization: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const id = randomHex(16);
  const socket = new WebSocket(url, { headers: { authorization } });
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  socket.addEventListener("open", () => socket.send(JSON.stringify(executeRequest(id))));
  socket.addEventListener("error", () => reject(unsuitable("the connection to its kernel failed")));
  socket.addEventListener("close", () => reject(unsuitable("the connection to its kernel was closed")));
  socket.addEventListener("message", ({ data }) => {
    const message = messageSchema.safeParse(typeof data === "string" ? JSON.parse(data) : undefined);
    if (!message.success || message.data.header.msg_type !== "execute_reply") return;
    if (message.data.parent_header?.msg_id !== id) return;
    const { status, ename, evalue } = message.data.content;
    if (status === "ok") resolve();
    else reject(unsuitable(`its kernel could not run ${CODE}: ${ename ?? status ?? "?"} ${evalue ?? ""}`));
  });
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    signal.removeEventListener("abort", abort);
    socket.close();
  }
}

/** Jupyter's messaging protocol 5.3, in the plain form of its websockets. */
function executeRequest(id: string): object {
  return {
    channel: "shell",
    header: { msg_id: id, msg_type: "execute_request", username: "hublet", session: id, version: "5.3", date: "" },
    parent_header: {},
    metadata: {},
    content: {
      code: CODE,
      silent: false,
      store_history: false,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    },
    buffers: [],
  };
}

function unsuitable(why: string): HubError {
  return new HubError("image-unsuitable", `The image was started, but ${why}. The log above has its own output.`);
}
