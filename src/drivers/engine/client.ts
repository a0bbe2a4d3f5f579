import { request } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { type Dispatcher, Pool } from "undici";
import type { z } from "zod";
import { type Closable, HubError, messageOf, systemCode } from "../../kernel/index.ts";
import { refusalAnswer, versionAnswer } from "./answers.ts";
import { type Dialect, negotiatedVersion } from "./dialect.ts";

/** Milliseconds in which an engine answers a question that makes it do nothing. */
const QUESTION_MS = 15_000;
const CONNECT_MS = 5_000;
/** As long as the making of a container: Podman makes its process ready when it is attached to. */
const UPGRADE_MS = 120_000;

/** One call; `path` begins after the version: `/containers/json`. */
export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Sent as JSON, or as it is when it is a stream. */
  readonly body?: unknown;
  readonly stream?: { readonly source: Readable; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the whole answer is there (`call`) or its head is (`open`). 15 s when not given; 0: only `signal`. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** What became of a connection that was to be of both ways. */
export type Upgraded =
  | { readonly socket: Duplex; readonly refusal?: undefined }
  | { readonly socket?: undefined; readonly refusal: Answer };

/** A thin client of the Docker-compatible API on a unix socket. Statuses are not judged here (see `errors.ts`), but what is gone is 404. */
export class EngineClient implements Closable {
  readonly dialect: Dialect;
  readonly socketPath: string;
  readonly #pool: Pool;
  #prefix: Promise<string> | undefined;

  constructor(dialect: Dialect, socketPath: string) {
    this.dialect = dialect;
    this.socketPath = socketPath;
    // No keep-alive (pipelining 0): a socket-activated engine leaves after idling, and a reused connection would then fail.
    this.#pool = new Pool("http://engine", {
      connect: { socketPath, timeout: CONNECT_MS },
      pipelining: 0,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Sends a call and reads the whole answer. @throws HubError `engine-unreachable`; the signal's reason when aborted */
  async call(call: Call): Promise<Answer> {
    return this.#whole(await this.#pathOf(call), call);
  }

  /** As `call`, for an answer that must have one of `statuses` 2xx and is parsed. @throws HubError by `refused` */
  async json<T>(schema: z.ZodType<T>, call: Call, refused: (answer: Answer) => HubError): Promise<T> {
    const answer = await this.call(call);
    if (answer.status >= 300) throw refused(answer);
    return schema.parse(JSON.parse(answer.text));
  }

  /** As `call`, but the body is left to be read as it comes; `signal` ends it. */
  async open(call: Call): Promise<{ readonly status: number; readonly body: Dispatcher.ResponseData["body"] }> {
    const path = await this.#pathOf(call);
    const head = new AbortController();
    const timeoutMs = call.timeoutMs ?? QUESTION_MS;
    const timer = timeoutMs === 0 ? undefined : setTimeout(() => head.abort(timedOut()), timeoutMs);
    try {
      const signal = call.signal === undefined ? head.signal : AbortSignal.any([head.signal, call.signal]);
      const { statusCode, body } = await this.#send(path, call, signal);
      return { status: statusCode, body };
    } catch (error) {
      throw this.#explained(error, call.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * As `open`, for a call that turns the connection into a stream of both ways (`/attach` with standard input); the whole answer
   * where the engine refuses: Podman makes the process ready here already, which fails where Docker does at the start.
   */
  async upgrade(call: Pick<Call, "method" | "path" | "query" | "signal">): Promise<Upgraded> {
    const path = await this.#pathOf(call);
    try {
      return await upgraded(this.socketPath, { ...call, path: path + queryText(call.query) });
    } catch (error) {
      throw this.#explained(error, call.signal);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #whole(path: string, call: Call): Promise<Answer> {
    const timeoutMs = call.timeoutMs ?? QUESTION_MS;
    const signals = timeoutMs === 0 ? [] : [AbortSignal.timeout(timeoutMs)];
    if (call.signal !== undefined) signals.push(call.signal);
    try {
      const { statusCode, body } = await this.#send(path, call, AbortSignal.any(signals));
      const text = await body.text();
      return { status: this.dialect.vanished(statusCode, text) ? 404 : statusCode, text };
    } catch (error) {
      throw this.#explained(error, call.signal);
    }
  }

  #send(path: string, call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    signal.throwIfAborted();
    const headers: Record<string, string> = { ...call.headers };
    const options: Dispatcher.RequestOptions = {
      method: call.method,
      path: path + queryText(call.query),
      signal,
      headers,
    };
    if (call.stream !== undefined) {
      headers["content-type"] = call.stream.type;
      options.body = call.stream.source;
    } else if (call.body !== undefined) {
      headers["content-type"] = "application/json";
      options.body = JSON.stringify(call.body);
    }
    return this.#pool.request(options);
  }

  async #pathOf(call: Call): Promise<string> {
    call.signal?.throwIfAborted();
    // Podman's own API has versions of its own; 4 and 5 both know this one.
    if (call.path.startsWith("/libpod/")) return `/v4.0.0${call.path}`;
    this.#prefix ??= this.#askVersion().catch((error: unknown) => {
      this.#prefix = undefined;
      throw error;
    });
    return `${await this.#prefix}${call.path}`;
  }

  async #askVersion(): Promise<string> {
    const answer = await this.#whole("/version", { method: "GET", path: "/version" });
    const version = versionAnswer.safeParse(parsed(answer.text));
    if (answer.status !== 200 || !version.success) {
      throw this.unreachable(
        `what listens there does not speak ${this.dialect.engine}'s API (status ${answer.status})`,
      );
    }
    return `/v${negotiatedVersion(version.data)}`;
  }

  #explained(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (error instanceof HubError) return error;
    const code = systemCode(error);
    // The engine may have been replaced by another version meanwhile.
    this.#prefix = undefined;
    if (code === "ENOENT") return this.unreachable("there is no such socket", error);
    if (code === "EACCES" || code === "EPERM") return this.unreachable("this account may not open it", error);
    if (code === "ECONNREFUSED") return this.unreachable("nothing listens there", error);
    if (error instanceof Error && error.name === "TimeoutError")
      return this.unreachable("it took too long to answer", error);
    return this.unreachable(messageOf(error), error);
  }

  /** The error for an engine that does not answer, with what to do about it. */
  unreachable(why: string, cause?: unknown): HubError {
    return new HubError(
      "engine-unreachable",
      `${this.dialect.engine} does not answer on ${this.socketPath}: ${why}. ${this.dialect.howToStart}`,
      { cause },
    );
  }
}

/** By Node's own client: undici's gives a refusal's status away, but not its words. */
function upgraded(socketPath: string, { method, path, signal }: Pick<Call, "method" | "path" | "signal">) {
  const { promise, resolve, reject } = Promise.withResolvers<Upgraded>();
  const headers = { host: "engine", connection: "Upgrade", upgrade: "tcp", "content-length": "0" };
  const timer = setTimeout(() => asking.destroy(timedOut()), UPGRADE_MS);
  promise.finally(() => clearTimeout(timer)).catch(() => undefined);
  const asking = request({
    socketPath,
    method,
    path,
    headers,
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  });
  asking.once("upgrade", (_answer, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    resolve({ socket });
  });
  asking.once("response", (answer) => {
    textOf(answer).then((text) => resolve({ refusal: { status: answer.statusCode ?? 0, text } }), reject);
  });
  asking.once("error", reject);
  asking.end();
  return promise;
}

/** What the engine said, from the body of a refusal. */
export function refusalText(answer: Answer): string {
  const refusal = refusalAnswer.safeParse(parsed(answer.text));
  const text = refusal.success ? refusal.data.message : answer.text.slice(0, 500);
  return text.trim() === "" ? `status ${answer.status}` : text.trim();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryText(query: Call["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of typeof value === "object" ? value : [value]) if (one !== undefined) parameters.append(name, one);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function timedOut(): DOMException {
  return new DOMException("the engine took too long to answer", "TimeoutError");
}
