/** The CLI speaks to a running hub as any client does: its REST API, over its private socket, with a token of its own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Dispatcher, Pool } from "undici";
import { z } from "zod";
import { HubError, messageOf, Secret, systemCode } from "../kernel/index.ts";
import { type Instance, statePaths } from "./instance.ts";

const errorSchema = z.object({ message: z.string(), code: z.string().optional() });

/** One server-sent event; `data` is its JSON. */
export interface HubEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface HubClient {
  /**
   * @param path below `/hub/api`, already escaped
   * @throws HubError `hub-unreachable`, or the hub's own refusal with its words
   */
  request<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    schema: z.ZodType<T>,
    body?: unknown,
  ): Promise<T>;
  /** Posts what the hub does before it answers, such as pushing an image: waits for as long as it takes. @throws HubError as `request` */
  work<T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T>;
  /** Posts a stream of any length; waits for the answer as long as it takes. @throws HubError as `request` */
  upload<T>(
    path: string,
    content: { readonly type: string; readonly headers: Readonly<Record<string, string>>; readonly stream: Readable },
    schema: z.ZodType<T>,
  ): Promise<T>;
  /** An event stream of the hub's, until it ends or the signal. @throws HubError as `request` */
  events(path: string, signal: AbortSignal): AsyncIterable<HubEvent>;
  close(): Promise<void>;
}

type HubPlace = Pick<Instance, "state" | "secrets">;

/** Milliseconds in which a hub answers what it need not work for. */
const ANSWER_MS = 120_000;

/**
 * A client for the hub whose state lies in `state`.
 * @param answerMs for tests
 * @throws HubError `hub-unreachable` when it cannot be signed in to
 */
export function connectHub(place: HubPlace, answerMs = ANSWER_MS): HubClient {
  const paths = statePaths(place.state, place.secrets);
  const token = readToken(place, join(paths.secrets, "cli.token"));
  let client: Pool | undefined;

  async function send(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    try {
      client ??= await open(paths.hubSocket, answerMs);
      return await client.request({
        ...options,
        path: `/hub/api${options.path}`,
        headers: {
          authorization: `token ${token.reveal()}`,
          accept: "application/json",
          ...(options.headers as Readonly<Record<string, string>>),
        },
      });
    } catch (error) {
      if (options.signal instanceof AbortSignal) options.signal.throwIfAborted();
      // What the body's source found wrong is no failure of the hub's.
      if (error instanceof HubError) throw error;
      throw unreachable(place, error);
    }
  }

  return {
    request: async (method, path, schema, body) => answerOf(await send({ method, path, ...jsonOf(body) }), schema),
    work: async (path, schema, body) =>
      answerOf(await send({ method: "POST", path, ...jsonOf(body), headersTimeout: 0 }), schema),
    upload: async (path, { type, headers, stream }, schema) => {
      const options = { method: "POST", path, headers: { "content-type": type, ...headers }, body: stream } as const;
      return answerOf(await send({ ...options, headersTimeout: 0 }), schema);
    },
    async *events(path, signal) {
      const response = await send({
        ...{ method: "GET", path, signal, bodyTimeout: 0 },
        headers: { accept: "text/event-stream" },
      });
      if (response.statusCode >= 400) await answerOf(response, z.never());
      try {
        yield* eventsOf(response.body);
      } catch (error) {
        signal.throwIfAborted();
        throw unreachable(place, error);
      }
    },
    close: async () => {
      await client?.destroy();
    },
  };
}

function jsonOf(body: unknown) {
  return body === undefined
    ? { body: null }
    : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

async function answerOf<T>(response: Dispatcher.ResponseData, schema: z.ZodType<T>): Promise<T> {
  const text = await response.body.text();
  const parsed: unknown = text === "" ? null : tryJson(text);
  if (response.statusCode < 400) return schema.parse(parsed);
  const failure = errorSchema.safeParse(parsed);
  const message = failure.success ? failure.data.message : `The hub answered with status ${response.statusCode}.`;
  // JupyterHub's words for “not there, or not yours”; the command line may see everything.
  const words = message.startsWith("No access to resources") ? "There is no such person or server." : message;
  throw new HubError(codeOf(response.statusCode), words, { status: response.statusCode });
}

/** Events are separated by an empty line; the hub writes each field in one line. */
async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<HubEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const parts = rest.split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const fields = new Map(
        part.split("\n").map((line) => [line.split(": ", 1)[0] ?? "", line.slice(line.indexOf(": ") + 2)]),
      );
      const data = fields.get("data");
      if (data !== undefined) yield { event: fields.get("event") ?? "message", data: tryJson(data) };
    }
  }
}

/** The HTTP library is loaded here, since most commands need none and all would wait for it. */
async function open(socketPath: string, answerMs: number): Promise<Pool> {
  const { Pool } = await import("undici");
  // More than one connection: an event stream keeps its own for as long as it lasts, and a build is cancelled meanwhile.
  return new Pool("http://hub", { socketPath, headersTimeout: answerMs, bodyTimeout: answerMs });
}

function readToken(place: HubPlace, file: string): Secret {
  try {
    return new Secret(readFileSync(file, "utf8").trim());
  } catch (error) {
    throw unreachable(place, error);
  }
}

function unreachable({ state, secrets }: HubPlace, error: unknown): HubError {
  const code = systemCode(error) ?? systemCode((error as { cause?: unknown }).cause);
  if (code === "EACCES") {
    return new HubError(
      "hub-unreachable",
      `The hub's state in ${state} may not be read by this account. Run this as the account that runs the hub, or as root.`,
      { cause: error },
    );
  }
  const why =
    code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR" ? "it is not running" : messageOf(error);
  // In its container, where “hublet apply” has put the hub: nobody starts it by hand.
  if (secrets !== join(state, "secrets"))
    return new HubError(
      "hub-unreachable",
      `The hub does not answer: ${why}. It is started again by itself. If it does not come, look at “hublet status” and “hublet logs hub” on the host.`,
      { cause: error },
    );
  const others =
    process.geteuid?.() === 0
      ? "name another hub with --account or --state"
      : "name another state folder with --state; a hub that root started is asked as root (sudo)";
  return new HubError(
    "hub-unreachable",
    `The hub of ${state} does not answer: ${why}. Start it with “hublet up”, or ${others}.`,
    { cause: error },
  );
}

function codeOf(status: number): "not-found" | "conflict" | "forbidden" | "bad-request" | "internal" {
  if (status === 404) return "not-found";
  if (status === 409) return "conflict";
  if (status === 403) return "forbidden";
  return status < 500 ? "bad-request" : "internal";
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // an answer without a JSON body: the status alone tells
  }
}
