/** The engine's socket. Every request is made here from what was understood, never from what came in. */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { Refusal } from "./refusal.ts";

export interface EngineRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With prefix and query. */
  readonly target: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly stream?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EngineAnswer {
  readonly status: number;
  readonly text: string;
}

/** Milliseconds for questions of the broker's own. */
const QUESTION_MS = 15_000;
/** Bytes of an answer that is read whole: a list of some thousand containers. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/** The two empty blocks at the end of an archive. */
const LAST_BYTES = 1024;

export class Engine {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Asks, and reads the whole answer. */
  async ask(asked: EngineRequest, signal: AbortSignal = AbortSignal.timeout(QUESTION_MS)): Promise<EngineAnswer> {
    const { answer } = await this.open(asked, signal);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > LONGEST_ANSWER) throw new Refusal("the engine's answer is too long");
    }
    return { status: answer.statusCode ?? 502, text: Buffer.concat(chunks).toString("utf8") };
  }

  /** Asks; the answer's body is left to be read as it comes. No time limit but the signal's. */
  open(asked: EngineRequest, signal: AbortSignal): Promise<{ readonly answer: IncomingMessage }> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#request(asked, signal);
      outgoing.once("response", (answer) => resolve({ answer }));
      outgoing.once("error", reject);
      const { stream } = asked;
      if (stream === undefined) {
        outgoing.end(asked.body === undefined ? undefined : JSON.stringify(asked.body));
        return;
      }
      send(stream, outgoing, signal).catch((error: unknown) => {
        // Cut off, it must not look like an archive that is whole.
        outgoing.destroy(error instanceof Error ? error : new Error("the hub broke off"));
      });
    });
  }

  /** Asks for a connection of both ways; an answer instead when the engine refuses. */
  upgrade(
    asked: Pick<EngineRequest, "method" | "target">,
    signal: AbortSignal,
  ): Promise<
    | { readonly socket: Duplex; readonly head: Buffer; readonly answer: IncomingMessage }
    | { readonly answer: IncomingMessage; readonly socket?: undefined }
  > {
    return new Promise((resolve, reject) => {
      const outgoing = this.#request({ ...asked, headers: { connection: "Upgrade", upgrade: "tcp" } }, signal);
      outgoing.once("upgrade", (answer, socket, head) => resolve({ answer, socket, head }));
      outgoing.once("response", (answer) => resolve({ answer }));
      outgoing.once("error", reject);
      outgoing.end();
    });
  }

  #request({ method, target, body, stream, headers }: EngineRequest, signal: AbortSignal): ClientRequest {
    const type = stream !== undefined ? "application/x-tar" : body !== undefined ? "application/json" : undefined;
    return request({
      socketPath: this.#socketPath,
      method,
      path: target,
      signal,
      // A connection each, as the engines' own clients have it: a socket-activated engine leaves after idling.
      agent: false,
      headers: {
        host: "engine",
        ...(type === undefined ? {} : { "content-type": type }),
        ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(JSON.stringify(body))) }),
        ...(stream === undefined && body === undefined && method === "POST" ? { "content-length": "0" } : {}),
        ...headers,
      },
    });
  }
}

/**
 * Sends the end of an archive together with the end of the request. Podman stops reading where an archive ends, and only sees that
 * its client leaves (which cancels a build) when it has seen the request's end.
 */
async function send(stream: Readable, outgoing: ClientRequest, signal: AbortSignal): Promise<void> {
  let held: Buffer = Buffer.alloc(0);
  const write = async (bytes: Buffer): Promise<void> => {
    if (bytes.length > 0 && !outgoing.write(bytes)) await once(outgoing, "drain", { signal });
  };
  for await (const chunk of stream) {
    await write(held);
    held = chunk as Buffer;
  }
  const last = Math.max(0, held.length - LAST_BYTES);
  await write(held.subarray(0, last));
  outgoing.end(held.subarray(last));
}
