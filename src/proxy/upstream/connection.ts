import type { Socket } from "node:net";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { BadResponse, parseResponseHead, type ResponseHead } from "./response-head.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const NOTHING = Buffer.alloc(0);
const MAX_HEAD_BYTES = 65_536;

/**
 * Receives one answer: `onHead`, `onData`…, `onEnd`; or `onWhole` alone; or `onUpgrade`; or, at any point, `onFail`.
 * From `onWhole`, `onEnd`, `onUpgrade` and `onFail` on the connection is no longer the sink's to touch.
 */
export interface ResponseSink {
  /** The target sent `100 Continue`. */
  onContinue(): void;
  /** `bodyFollows` tells that `onData` or `onEnd` is called in the same turn of the event loop. */
  onHead(head: ResponseHead, bodyFollows: boolean): void;
  /** Head and complete body arrived together: the common case, which costs one write instead of several. */
  onWhole(head: ResponseHead, body: Buffer): void;
  onData(piece: Buffer): void;
  /** `last` is the last piece of the body, when there is one that `onData` has not brought. */
  onEnd(last: Buffer | undefined): void;
  onFail(error: Error): void;
  /** The target's socket takes more of the request's body. */
  onDrain(): void;
  /** The target switched protocols: the socket is the sink's from now on; `rest` came behind the head. */
  onUpgrade(head: ResponseHead, socket: Socket, rest: Buffer): void;
}

/** Who takes a connection back when an exchange has ended. */
export interface ConnectionOwner {
  /** The connection may carry another exchange. */
  release(connection: UpstreamConnection): void;
  /** The connection is gone, or no longer ours. */
  forget(connection: UpstreamConnection): void;
}

/**
 * One socket to a target, carrying one exchange at a time. It is reused only when the request was sent completely,
 * the answer was read completely, and not a byte came that was not asked for: anything else could hand one person's
 * bytes to the next.
 */
export class UpstreamConnection {
  readonly socket: Socket;
  /** Whether it has carried an exchange before the present one. */
  reused = false;
  /** When it last became idle: milliseconds since the epoch. */
  idleSince = 0;
  readonly #owner: ConnectionOwner;
  #sink: ResponseSink | undefined;
  #method = "";
  #requestSent = false;
  #phase: "head" | "length" | "chunked" | "close" = "head";
  #left = 0;
  #keepAlive = false;
  #decoder: ChunkedDecoder | undefined;
  #partial: Buffer | undefined;
  #over = false;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket;
    this.#owner = owner;
    socket.on("data", this.#read);
    socket.on("drain", this.#drained);
    socket.on("end", this.#ended);
    socket.on("error", this.#failed);
    socket.on("timeout", this.#timedOut);
    socket.on("close", this.#closed);
  }

  /** Begins an exchange. `head` is the complete request head; `bodyless` tells that nothing follows it. */
  start(sink: ResponseSink, method: string, head: string, bodyless: boolean): void {
    this.#sink = sink;
    this.#method = method;
    this.#requestSent = bodyless;
    this.#phase = "head";
    // Header strings hold one byte a character, as the parser of Node reads them: latin1 gives back the same bytes.
    this.socket.write(head, "latin1");
  }

  /** Tells that the request's body has been written completely. */
  requestSent(): void {
    this.#requestSent = true;
  }

  /** Ends the exchange and the connection without telling the sink. */
  abort(): void {
    this.#sink = undefined;
    this.#discard();
  }

  #read = (chunk: Buffer): void => {
    const sink = this.#sink;
    if (sink === undefined) {
      // Nothing was asked: whatever this is, it must not become the answer to the next request.
      this.#discard();
      return;
    }
    try {
      this.#parse(sink, chunk);
    } catch (error) {
      if (error instanceof BadResponse) this.#failed(error);
      else throw error;
    }
  };

  #parse(sink: ResponseSink, chunk: Buffer): void {
    switch (this.#phase) {
      case "head":
        this.#readHead(sink, this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]));
        return;
      case "length":
        this.#readLength(sink, chunk);
        return;
      case "chunked":
        this.#readChunked(sink, chunk, 0);
        return;
      case "close":
        sink.onData(chunk);
        return;
    }
  }

  #readHead(sink: ResponseSink, bytes: Buffer): void {
    let from = 0;
    let end = bytes.indexOf(HEAD_END);
    while (end !== -1) {
      const head = parseResponseHead(bytes.toString("latin1", from, end), this.#method);
      from = end + 4;
      if (head.status >= 200 || head.status === 101) {
        this.#partial = undefined;
        this.#take(sink, head, bytes, from);
        return;
      }
      if (head.status === 100) sink.onContinue();
      if (this.#sink !== sink) return;
      end = bytes.indexOf(HEAD_END, from);
    }
    const rest = from === 0 ? bytes : bytes.subarray(from);
    if (rest.length > MAX_HEAD_BYTES) throw new BadResponse("the answer's head is longer than 64 KiB");
    this.#partial = rest.length === 0 ? undefined : rest;
  }

  #take(sink: ResponseSink, head: ResponseHead, bytes: Buffer, from: number): void {
    if (head.status === 101) {
      this.#handOver();
      sink.onUpgrade(head, this.socket, bytes.subarray(from));
      return;
    }
    // A server that wrongly sends a body to HEAD would answer the next request with it: do not reuse.
    this.#keepAlive = head.keepAlive && this.#method !== "HEAD";
    const there = bytes.length - from;
    switch (head.framing) {
      case "none":
        this.#finish(there > 0);
        sink.onWhole(head, NOTHING);
        return;
      case "length":
        if (there >= head.length) {
          this.#finish(there > head.length);
          sink.onWhole(head, bytes.subarray(from, from + head.length));
          return;
        }
        this.#phase = "length";
        this.#left = head.length - there;
        sink.onHead(head, there > 0);
        if (there > 0 && this.#sink === sink) sink.onData(bytes.subarray(from));
        return;
      case "chunked":
        this.#phase = "chunked";
        this.#decoder = new ChunkedDecoder();
        sink.onHead(head, there > 0);
        if (there > 0 && this.#sink === sink) this.#readChunked(sink, bytes, from);
        return;
      case "close":
        this.#phase = "close";
        sink.onHead(head, there > 0);
        if (there > 0 && this.#sink === sink) sink.onData(bytes.subarray(from));
        return;
    }
  }

  #readLength(sink: ResponseSink, chunk: Buffer): void {
    const extra = chunk.length - this.#left;
    if (extra < 0) {
      this.#left -= chunk.length;
      sink.onData(chunk);
      return;
    }
    const piece = extra === 0 ? chunk : chunk.subarray(0, this.#left);
    this.#finish(extra > 0);
    sink.onEnd(piece);
  }

  #readChunked(sink: ResponseSink, chunk: Buffer, from: number): void {
    const end =
      this.#decoder?.push(chunk, from, (piece) => {
        if (this.#sink === sink) sink.onData(piece);
      }) ?? -1;
    if (end === -1 || this.#sink !== sink) return;
    this.#decoder = undefined;
    this.#finish(end < chunk.length);
    sink.onEnd(undefined);
  }

  /** The answer is complete: gives the connection back, or closes it when it cannot be trusted with another. */
  #finish(tooMuch: boolean): void {
    this.#sink = undefined;
    if (this.#keepAlive && this.#requestSent && !tooMuch) {
      this.reused = true;
      // A slow client may have paused it just before the end.
      if (this.socket.isPaused()) this.socket.resume();
      this.#owner.release(this);
    } else this.#discard();
  }

  #handOver(): void {
    this.#sink = undefined;
    this.#over = true;
    const { socket } = this;
    socket.off("data", this.#read);
    socket.off("drain", this.#drained);
    socket.off("end", this.#ended);
    socket.off("error", this.#failed);
    socket.off("timeout", this.#timedOut);
    socket.off("close", this.#closed);
    this.#owner.forget(this);
  }

  #drained = (): void => {
    this.#sink?.onDrain();
  };

  #ended = (): void => {
    const sink = this.#sink;
    if (sink !== undefined && this.#phase === "close") {
      this.#sink = undefined;
      this.#discard();
      sink.onEnd(undefined);
      return;
    }
    this.#closed();
  };

  #timedOut = (): void => {
    if (this.#sink !== undefined) this.#failed(systemError("ETIMEDOUT", "the target was silent for too long"));
  };

  #closed = (): void => {
    this.#failed(systemError("ECONNRESET", "the target closed the connection"));
  };

  #failed = (error: Error): void => {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#discard();
    sink?.onFail(error);
  };

  #discard(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.forget(this);
    this.socket.destroy();
  }
}

/** An error with a code, like those of the system. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
