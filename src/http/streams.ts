/** Server-sent events: the stream's frame, keep-alives, and every way in which a stream ends. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "../access/index.ts";
import { aborted } from "../kernel/index.ts";
import type { HttpLog } from "./services.ts";

/** Proxies and browsers give up on silent streams; JupyterHub sends something every 8 s (contract 1.9). */
const KEEP_ALIVE_MS = 8000;
/** What may wait in memory for a reader that does not read; a browser comes back by itself and starts afresh. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface EventStream {
  /** Aborted when the client is gone, is not signed in any more, does not read, or the hub is closing. */
  readonly signal: AbortSignal;
  /** Who reads, and what they may see now: looked up again with each keep-alive. */
  readonly identity: Identity;
  /** Looks again who reads, without waiting for the next keep-alive: their rights may have changed. */
  recheck(): void;
  /** Sends `data` as JSON; after the end it does nothing. */
  send(data: unknown, event?: string): void;
  /** Resolves when the reader has taken most of what was sent, or the stream has ended: for streams with much to say. */
  drained(): Promise<void>;
}

export interface StreamsParts {
  /** Who makes a request, by its cookies or token, at this moment. */
  readonly recognise: (request: FastifyRequest) => Promise<Identity | undefined>;
  readonly log: HttpLog;
}

/** All event streams of the hub. */
export class Streams {
  readonly #parts: StreamsParts;
  readonly #closing = new AbortController();

  constructor(parts: StreamsParts) {
    this.#parts = parts;
  }

  /** Aborted when the hub is closing. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * Takes over the reply (headers set on it are kept), lets `work` send, and ends the stream when `work` is done or
   * fails. After the headers nobody can be told of a failure: it is logged, and the reader sees the end.
   */
  async run(
    request: FastifyRequest,
    reply: FastifyReply,
    reader: Identity,
    work: (stream: EventStream) => Promise<void>,
  ): Promise<FastifyReply> {
    const end = new AbortController();
    const signal = AbortSignal.any([end.signal, this.#closing.signal]);
    const { raw } = reply;
    let identity = reader;
    reply.hijack();
    raw.on("close", () => end.abort());
    raw.on("error", () => end.abort());
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string | string[]>),
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    });
    const write = (text: string): void => {
      if (signal.aborted) return;
      raw.write(text);
      if (raw.writableLength > MAX_WAITING_BYTES) end.abort();
    };
    write("\n\n");
    const recheck = (): void =>
      void this.#look(request).then((found) => {
        // Signed out, suspended, removed, or the token revoked: what was open ends, too.
        if (found === undefined) end.abort();
        else if (found !== "unknown") identity = found;
      });
    const beat = setInterval(() => {
      write("\n\n");
      recheck();
    }, KEEP_ALIVE_MS);
    const stream: EventStream = {
      signal,
      get identity() {
        return identity;
      },
      recheck,
      send: (data, event) =>
        write(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`),
      drained: async () => {
        if (!raw.writableNeedDrain || signal.aborted) return;
        await Promise.race([new Promise<void>((resolve) => raw.once("drain", resolve)), aborted(signal)]);
      },
    };
    try {
      await Promise.race([work(stream), aborted(signal)]);
    } catch (error) {
      this.#parts.log.error({ err: error, requestId: request.id }, "an event stream failed");
    } finally {
      clearInterval(beat);
      end.abort();
      if (raw.writableLength > MAX_WAITING_BYTES) raw.destroy();
      else raw.end();
    }
    return reply;
  }

  /** A database that does not answer for a moment signs nobody out. */
  async #look(request: FastifyRequest): Promise<Identity | undefined | "unknown"> {
    try {
      return await this.#parts.recognise(request);
    } catch (error) {
      this.#parts.log.warn({ err: error, requestId: request.id }, "the reader of an event stream could not be checked");
      return "unknown";
    }
  }
}
