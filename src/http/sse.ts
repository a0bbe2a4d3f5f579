/** Server-sent events: the stream's frame, keep-alives and its end. */
import type { FastifyReply, FastifyRequest } from "fastify";

/** Proxies and browsers give up on silent streams; JupyterHub sends something every 8 s (contract 1.9). */
const KEEP_ALIVE_MS = 8000;

export interface EventStream {
  /** Aborted when the client is gone or the stream was ended. */
  readonly signal: AbortSignal;
  send(data: unknown, event?: string): void;
  end(): void;
}

/** Takes over the reply; headers that were set on it are kept. */
export function openEventStream(request: FastifyRequest, reply: FastifyReply): EventStream {
  const controller = new AbortController();
  const { raw } = reply;
  const headers = {
    ...reply.getHeaders(),
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
  };
  reply.hijack();
  raw.writeHead(200, headers as Record<string, string | string[]>);
  raw.write("\n\n");
  const timer = setInterval(() => raw.write("\n\n"), KEEP_ALIVE_MS);
  const stop = (): void => {
    clearInterval(timer);
    controller.abort();
  };
  raw.on("close", stop);
  request.raw.on("aborted", stop);
  return {
    signal: controller.signal,
    send: (data, event) => {
      if (controller.signal.aborted) return;
      raw.write(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
    },
    end: () => {
      stop();
      raw.end();
    },
  };
}
