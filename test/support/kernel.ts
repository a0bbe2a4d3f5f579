/** Python of a person's server, by the websocket that Jupyter's own pages use. */
import { randomUUID } from "node:crypto";
import type WebSocket from "ws";

/** The open websocket of a kernel. */
export class Kernel {
  readonly id: string;
  readonly path: string;
  /** Why it closed; it should not. */
  closed: string | undefined;
  readonly #socket: WebSocket;

  constructor(id: string, path: string, socket: WebSocket) {
    this.id = id;
    this.path = path;
    this.#socket = socket;
    socket.on("close", (code) => (this.closed = `closed with code ${code}`));
    socket.on("error", (error) => (this.closed = error.message));
  }

  /** Runs Python and returns what it printed. */
  async run(code: string, seconds = 60): Promise<string> {
    const id = randomUUID();
    let printed = "";
    let failed: Error | undefined;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const onMessage = (data: WebSocket.RawData, binary: boolean): void => {
      if (binary) return;
      const message = readMessage(data);
      if (message.parent_header.msg_id !== id) return;
      if (message.header.msg_type === "stream") printed += message.content.text ?? "";
      const { ename, evalue, execution_state } = message.content;
      if (message.header.msg_type === "error") failed = new Error(`${ename}: ${evalue}`);
      if (message.header.msg_type !== "status" || execution_state !== "idle") return;
      if (failed === undefined) resolve(printed.trim());
      else reject(failed);
    };
    const onClose = (): void => reject(new Error(`the websocket ${this.closed ?? "is closed"}`));
    const timer = setTimeout(() => reject(new Error(`no answer of the kernel within ${seconds} s`)), seconds * 1000);
    this.#socket.on("message", onMessage);
    this.#socket.once("close", onClose);
    try {
      this.#socket.send(JSON.stringify(executeRequest(id, code)));
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#socket.off("message", onMessage);
      this.#socket.off("close", onClose);
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}

interface KernelMessage {
  readonly header: { readonly msg_type: string };
  readonly parent_header: { readonly msg_id?: string };
  readonly content: {
    readonly text?: string;
    readonly execution_state?: string;
    readonly ename?: string;
    readonly evalue?: string;
  };
}

function readMessage(data: WebSocket.RawData): KernelMessage {
  return JSON.parse(String(data)) as KernelMessage;
}

function executeRequest(id: string, code: string): object {
  const header = { msg_id: id, session: id, username: "", date: new Date().toISOString(), version: "5.3" };
  return {
    header: { ...header, msg_type: "execute_request" },
    parent_header: {},
    metadata: {},
    channel: "shell",
    buffers: [],
    content: {
      code,
      silent: false,
      store_history: false,
      user_expressions: {},
      allow_stdin: false,
      // Otherwise the kernel throws away what comes shortly after an error, without saying so here.
      stop_on_error: false,
    },
  };
}
