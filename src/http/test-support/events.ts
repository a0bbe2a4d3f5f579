/** Reads a stream of server-sent events as it comes. */
import { beginExchange, type Message } from "./browser.ts";

export interface Sent {
  /** `message` when the event has no name. */
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of many shapes, and the assertions are the check
  readonly data: any;
}

export interface Reader {
  readonly status: number;
  readonly type: string;
  /** The next event, or undefined at the end of the stream. */
  next(): Promise<Sent | undefined>;
  /** The next event of that name; those before it are passed over. */
  until(event: string): Promise<Sent>;
  /** Everything up to the end. */
  rest(): Promise<readonly Sent[]>;
  /** Milliseconds between the last two pieces, keep-alives included; waits for the next piece. */
  silence(): Promise<number>;
  close(): void;
}

/** Resolves with the head of the answer. */
export async function readEvents(origin: string, path: string, message: Message): Promise<Reader> {
  const response = await beginExchange(origin, "GET", path, message);
  response.setEncoding("utf8");
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
  let waiting = "";
  const next = async (): Promise<Sent | undefined> => {
    for (;;) {
      const end = waiting.indexOf("\n\n");
      if (end >= 0) {
        const lines = waiting.slice(0, end).split("\n");
        waiting = waiting.slice(end + 2);
        const data = lines.find((line) => line.startsWith("data: "));
        const event = lines.find((line) => line.startsWith("event: "))?.slice("event: ".length) ?? "message";
        if (data !== undefined) return { event, data: JSON.parse(data.slice("data: ".length)) };
        continue;
      }
      const piece = await pieces.next();
      if (piece.done === true) return undefined;
      waiting += piece.value;
    }
  };
  return {
    status: response.statusCode ?? 0,
    type: String(response.headers["content-type"]),
    next,
    async until(event) {
      for (;;) {
        const sent = await next();
        if (sent === undefined) throw new Error(`the stream ended before “${event}”`);
        if (sent.event === event) return sent;
      }
    },
    async rest() {
      const all: Sent[] = [];
      for (let sent = await next(); sent !== undefined; sent = await next()) all.push(sent);
      return all;
    },
    async silence() {
      const before = Date.now();
      await pieces.next();
      return Date.now() - before;
    },
    close: () => response.destroy(),
  };
}
