import { request as httpRequest, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { request as httpsRequest } from "node:https";
import { messageOf } from "../kernel/index.ts";
import { errorPage } from "./error-pages.ts";
import type { ProxyLog } from "./options.ts";
import { parseTarget, type Target } from "./target.ts";
import type { StrictTransport } from "./tls/strict-transport.ts";

const ERROR_TARGET_MS = 10_000;

/** Answers requests that reach no target (contract 7.5). */
export class ErrorReplies {
  readonly #target: Target | undefined;
  readonly #strict: StrictTransport;
  readonly #log: ProxyLog;

  /** @throws HubError `bad-request` when the error target is no URL that can be used */
  constructor(errorTarget: string | undefined, strict: StrictTransport, log: ProxyLog) {
    this.#target = errorTarget === undefined ? undefined : parseTarget(errorTarget);
    this.#strict = strict;
    this.#log = log;
  }

  /** Answers with a status and a page; a response that has begun is cut instead, so that nobody takes it for whole. */
  reply(req: IncomingMessage, res: ServerResponse, status: number, why: string): void {
    const path = pathOf(req.url);
    this.#log.warn({ status, method: req.method, path, why }, `${status} ${req.method ?? ""} ${path} ${why}`);
    if (res.destroyed || res.writableEnded) return;
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (this.#target === undefined) this.#page(res, status);
    else this.#relay(this.#target, req, res, status);
  }

  /** Answers an upgrade: an empty head, then the end. */
  replyUpgrade(req: IncomingMessage, socket: NodeJS.WritableStream, status: number, why: string): void {
    const path = pathOf(req.url);
    this.#log.warn({ status, method: req.method, path, why }, `${status} ${req.method ?? ""} ${path} ${why}`);
    const headers = `Content-Length: 0\r\nConnection: close\r\n${this.#strict.line}`;
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${headers}\r\n`);
  }

  /** Fetches the page from the error target, which supplies the words but not the status. */
  #relay(target: Target, req: IncomingMessage, res: ServerResponse, status: number): void {
    const { connect, secure } = target;
    const query = `${target.query === "" ? "" : `${target.query}&`}url=${encodeURIComponent(req.url ?? "/")}`;
    const request = (secure ? httpsRequest : httpRequest)({
      ...("path" in connect ? { socketPath: connect.path } : connect),
      method: "GET",
      path: `${target.path}/${status}?${query}`,
      headers: { accept: req.headers.accept ?? "*/*" },
      signal: AbortSignal.timeout(ERROR_TARGET_MS),
    });
    request.on("response", (page) => {
      if (res.destroyed) {
        page.destroy();
        return;
      }
      const headers: string[] = [...this.#strict.own];
      for (const name of ["content-type", "content-encoding"] as const) {
        const value = page.headers[name];
        if (value !== undefined) headers.push(name, value);
      }
      res.writeHead(status, headers);
      page.on("error", () => res.destroy());
      page.pipe(res);
    });
    request.on("error", (error) => {
      this.#log.warn({ error: messageOf(error) }, "The error page could not be fetched from the error target.");
      if (res.headersSent) res.destroy();
      else if (req.headers.accept?.includes("text/html") === true) this.#page(res, status);
      else res.writeHead(status, ["content-type", "text/plain", ...this.#strict.own]).end(STATUS_CODES[status]);
    });
    request.end();
  }

  #page(res: ServerResponse, status: number): void {
    const page = errorPage(status);
    const headers = ["Content-Type", "text/html; charset=utf-8", "Content-Length", `${Buffer.byteLength(page)}`];
    res.writeHead(status, [...headers, ...this.#strict.own]).end(page);
  }
}

/** A request URI without its query, which may hold tokens: fit for the log. */
export function pathOf(uri: string | undefined): string {
  return uri?.split("?", 1)[0] ?? "";
}
