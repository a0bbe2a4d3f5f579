import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { messageOf } from "../kernel/index.ts";
import { withoutHubSetCookies } from "./cookies.ts";
import type { Face } from "./face.ts";
import type { RequestBody } from "./request-head.ts";
import type { Route } from "./routes/route.ts";
import type { ResponseSink, UpstreamConnection } from "./upstream/connection.ts";
import type { ResponseHead } from "./upstream/response-head.ts";

/** A body this small goes out in the same write as its head. */
const ONE_WRITE_BYTES = 16_384;
/** For so long a target may think about `Expect: 100-continue` before it gets the body unasked (RFC 9110, 10.1.1). */
const CONTINUE_MS = 1_000;

const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** One request on its way to a target, and the answer on its way back. */
export class Exchange implements ResponseSink {
  readonly #face: Face;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #route: Route;
  readonly #method: string;
  readonly #head: string;
  /** The gate pass that let the request in. */
  readonly #pass: string | undefined;
  #connection: UpstreamConnection | undefined;
  #repeatable = false;
  #chunked = false;
  #bodyBegun = false;
  #paused = false;
  #continueTimer: NodeJS.Timeout | undefined;

  constructor(
    face: Face,
    req: IncomingMessage,
    res: ServerResponse,
    route: Route,
    method: string,
    head: string,
    pass: string | undefined,
  ) {
    this.#face = face;
    this.#req = req;
    this.#res = res;
    this.#route = route;
    this.#method = method;
    this.#head = head;
    this.#pass = pass;
  }

  begin(body: RequestBody, expectContinue: boolean): void {
    this.#res.on("close", () => this.#clientGone());
    this.#repeatable = body === "none" && REPEATABLE.has(this.#method);
    this.#chunked = body === "chunked";
    const connection = this.#route.upstream.acquire(this.#repeatable);
    this.#connection = connection;
    connection.start(this, this.#method, this.#head, body === "none");
    if (body === "none") return;
    if (!expectContinue) this.#sendBody();
    else this.#continueTimer = setTimeout(() => this.onContinue(), CONTINUE_MS);
  }

  onContinue(): void {
    clearTimeout(this.#continueTimer);
    if (this.#bodyBegun || this.#continueTimer === undefined) return;
    this.#res.writeContinue();
    this.#sendBody();
  }

  onWhole(head: ResponseHead, body: Buffer): void {
    this.#ended();
    if (this.#res.destroyed || !this.#writeHead(head)) return;
    // Text of one byte a character joins the head in one buffer and one system call.
    if (body.length <= ONE_WRITE_BYTES) this.#res.end(body.toString("latin1"), "latin1");
    else this.#res.end(body);
    this.#completed(head.status);
  }

  onHead(head: ResponseHead, bodyFollows: boolean): void {
    if (this.#res.destroyed || !this.#writeHead(head)) this.#abort();
    else if (!bodyFollows) this.#res.flushHeaders();
  }

  onData(piece: Buffer): void {
    if (this.#res.destroyed || this.#res.write(piece)) return;
    if (this.#paused || this.#connection === undefined) return;
    this.#paused = true;
    this.#connection.socket.pause();
    this.#res.once("drain", () => {
      this.#paused = false;
      this.#connection?.socket.resume();
    });
  }

  onEnd(last: Buffer | undefined): void {
    this.#ended();
    if (this.#res.destroyed) return;
    this.#res.end(last);
    this.#completed(this.#res.statusCode);
  }

  onFail(error: Error): void {
    const connection = this.#connection;
    this.#ended();
    // The target may have closed an idle connection just as we used it: that says nothing about this request.
    if (connection?.reused === true && this.#repeatable && !this.#res.headersSent && !this.#res.destroyed) {
      this.#repeatable = false;
      this.#connection = this.#route.upstream.open();
      this.#connection.start(this, this.#method, this.#head, true);
      return;
    }
    this.#face.errors.reply(this.#req, this.#res, 503, messageOf(error));
  }

  onDrain(): void {
    if (this.#bodyBegun) this.#req.resume();
  }

  onUpgrade(_head: ResponseHead, socket: Socket): void {
    // Nobody asked for another protocol: `Upgrade` is not forwarded with plain requests.
    socket.destroy();
    this.#ended();
    this.#face.errors.reply(this.#req, this.#res, 503, "the target switched protocols without being asked");
  }

  /** @returns false when the target's head cannot be sent on; the request is answered then. */
  #writeHead(head: ResponseHead): boolean {
    const res = this.#res;
    if (this.#face.draining) res.shouldKeepAlive = false;
    const renewed = this.#pass === undefined ? undefined : this.#face.renewals.take(this.#pass);
    try {
      res.writeHead(head.status, head.message, this.#responseHeaders(head.headers, renewed));
      return true;
    } catch (error) {
      this.#face.errors.reply(this.#req, res, 503, `the target's answer cannot be sent on: ${messageOf(error)}`);
      return false;
    }
  }

  #responseHeaders(headers: string[], renewed: string | undefined): string[] {
    const kept = this.#face.strict.applied(this.#route.hub ? headers : withoutHubSetCookies(headers));
    return renewed === undefined ? kept : [...kept, "Set-Cookie", renewed];
  }

  /** The connection is no longer ours; what is left of the request's body is read and dropped. */
  #ended(): void {
    this.#connection = undefined;
    clearTimeout(this.#continueTimer);
    if (this.#bodyBegun) this.#req.resume();
  }

  #completed(status: number): void {
    // Failures and redirects are no activity: a broken or signed-out page must not keep a server alive.
    if (status < 300) this.#route.lastActivity = this.#face.clock.now();
  }

  #sendBody(): void {
    this.#bodyBegun = true;
    this.#req.on("data", (piece: Buffer) => this.#bodyData(piece));
    this.#req.on("end", () => this.#bodyEnd());
  }

  #bodyData(piece: Buffer): void {
    const socket = this.#connection?.socket;
    if (socket === undefined) return;
    this.#route.lastActivity = this.#face.clock.now();
    let more: boolean;
    if (this.#chunked) {
      socket.cork();
      socket.write(`${piece.length.toString(16)}\r\n`, "latin1");
      socket.write(piece);
      more = socket.write("\r\n", "latin1");
      socket.uncork();
    } else more = socket.write(piece);
    if (!more) this.#req.pause();
  }

  #bodyEnd(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#chunked) connection.socket.write("0\r\n\r\n", "latin1");
    connection.requestSent();
  }

  /** The response is finished, or the client went away: then the target need not go on. */
  #clientGone(): void {
    clearTimeout(this.#continueTimer);
    this.#abort();
  }

  #abort(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.abort();
  }
}
