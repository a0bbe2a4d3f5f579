import type { IncomingMessage, ServerResponse } from "node:http";
import { equalInConstantTime, HubError, messageOf, type Secret } from "../kernel/index.ts";
import { pathOf } from "./error-replies.ts";
import type { ProxyLog } from "./options.ts";
import { type RouteStore, routeRecord } from "./routes/route-store.ts";
import { cleanPath } from "./routes/route-table.ts";

const MAX_BODY_BYTES = 1_048_576;

/** What the API answers with: a JSON value, a text, or nothing. */
interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
}

/** The REST API at `/api/routes`, as configurable-http-proxy has it (contract 7.2). */
export class RoutesApi {
  readonly #store: RouteStore;
  readonly #token: Secret | undefined;
  readonly #log: ProxyLog;

  constructor(store: RouteStore, token: Secret | undefined, log: ProxyLog) {
    this.#store = store;
    this.#token = token;
    this.#log = log;
  }

  /** Answers one request; never rejects. */
  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(req);
    } catch (error) {
      const known = error instanceof HubError;
      answer = { status: known ? error.status : 500, text: known ? error.message : "internal error" };
      if (!known) this.#log.error({ err: error }, "The API failed to answer a request.");
    }
    if (res.destroyed) return;
    const { status, json, text } = answer;
    this.#log.debug({ status, method: req.method, path: pathOf(req.url) }, "API request");
    if (json !== undefined) res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(json));
    else if (text !== undefined) res.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text);
    else res.writeHead(status, { "Content-Length": "0" }).end();
  }

  async #answer(req: IncomingMessage): Promise<Answer> {
    const url = URL.parse(req.url ?? "/", "http://proxy");
    const match = url === null ? null : /^\/api\/routes(\/.*)?$/.exec(url.pathname);
    if (url === null || match === null) return { status: 404, text: "Not Found" };
    const path = decodePath(match[1] ?? "/");
    switch (req.method) {
      case "GET":
        if (!this.#authorized(req)) return { status: 403 };
        return cleanPath(path) === "/" ? this.#list(url.searchParams) : this.#show(path);
      case "POST": {
        // The order is the contract's: a body that is no JSON is 400 even when the token is wrong.
        const body = await readJson(req);
        if (!this.#authorized(req)) return { status: 403 };
        await this.#store.add(path, body);
        return { status: 201 };
      }
      case "DELETE":
        if (!this.#authorized(req)) return { status: 403 };
        return { status: (await this.#store.remove(path)) ? 204 : 404 };
      default:
        return { status: 405, text: "Method not supported" };
    }
  }

  #list(query: URLSearchParams): Answer {
    // The older spelling is still sent by old clients.
    const since = query.get("inactiveSince") || query.get("inactive_since");
    if (!since) return { status: 200, json: Object.fromEntries(this.#store.records()) };
    const limit = Date.parse(since);
    if (!Number.isFinite(limit)) return { status: 400, text: `Invalid datestamp '${since}' must be ISO8601.` };
    const inactive = [...this.#store.table.all()].filter((route) => route.lastActivity < limit);
    return { status: 200, json: Object.fromEntries(inactive.map((route) => [route.path, routeRecord(route)])) };
  }

  #show(path: string): Answer {
    const route = this.#store.table.get(cleanPath(path));
    return route === undefined ? { status: 404 } : { status: 200, json: routeRecord(route) };
  }

  #authorized(req: IncomingMessage): boolean {
    if (this.#token === undefined) return true;
    const sent = /token\s+(\S+)/.exec(req.headers.authorization ?? "")?.[1];
    return sent !== undefined && equalInConstantTime(sent, this.#token.reveal());
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new HubError("bad-request", "The route's path is not valid percent-encoding. Encode “%” as %25.", { cause });
  }
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of req as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) throw new HubError("bad-request", "The body is longer than 1 MiB. Send one route.");
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch (error) {
    throw new HubError("bad-request", `Body not valid JSON: ${messageOf(error)}`, { cause: error });
  }
}
