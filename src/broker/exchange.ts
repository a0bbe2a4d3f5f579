/** One request of the hub on its way: what routes work with. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { z } from "zod";
import { HUB_LABEL } from "../kernel/index.ts";
import type { Bases } from "./builds/bases.ts";
import { HELPER_LABEL } from "./check-container.ts";
import type { Engine, EngineAnswer, EngineRequest } from "./engine.ts";
import type { HostView } from "./host-view.ts";
import type { Pins } from "./pins.ts";
import type { AccountOf, BrokerPolicy } from "./policy.ts";
import { Refusal } from "./refusal.ts";
import { targetText } from "./target.ts";

/** What all requests share. */
export interface BrokerRoom {
  readonly engine: Engine;
  readonly pins: Pins;
  readonly bases: Bases;
  /** As the configuration is now. */
  policy(): BrokerPolicy;
  readonly accountOf: AccountOf;
  readonly view: HostView;
}

/** A connection that the hub wants to have both ways. */
export interface Hijack {
  readonly socket: Duplex;
  readonly head: Buffer;
}

export interface Exchange {
  readonly room: BrokerRoom;
  readonly policy: BrokerPolicy;
  readonly request: IncomingMessage;
  /** Undefined for a hijacked connection. */
  readonly response: ServerResponse | undefined;
  readonly hijack: Hijack | undefined;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Bytes of a request's JSON. */
const LONGEST_BODY = 1024 * 1024;

/** The request's JSON by a strict schema. Of keys that stand twice the last one is taken, and only that one is sent on. @throws Refusal */
export async function jsonBody<T>({ request }: Exchange, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > LONGEST_BODY) throw new Refusal("the request is too long");
  }
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new Refusal("the request is no JSON");
  }
  return parsed(schema, data);
}

/** JSON in a parameter. @throws Refusal */
export function jsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("a parameter is no JSON");
  }
}

/** @throws Refusal that names keys, never values */
export function parsed<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const path = first?.path.join(".") ?? "";
  const keys = first?.code === "unrecognized_keys" ? ` (${first.keys.join(", ").slice(0, 200)})` : "";
  const what =
    first?.code === "unrecognized_keys" ? "has keys that are none of the hub's" : "is not as the hub says it";
  throw new Refusal(`${path === "" ? "the request" : path} ${what}${keys}`);
}

/** Passes an answer on as it comes. */
export async function relay(exchange: Exchange, asked: EngineRequest): Promise<void> {
  const { room, response, signal } = exchange;
  if (response === undefined) throw new Refusal("this is no connection of both ways");
  const { answer } = await room.engine.open(asked, signal);
  const type = answer.headers["content-type"];
  response.writeHead(answer.statusCode ?? 502, type === undefined ? {} : { "content-type": type });
  // Events and outputs may have nothing to say for a long time.
  response.flushHeaders();
  await pipeline(answer, response);
}

/** Passes on an answer that was read whole, with another content. */
export function answerWith({ response }: Exchange, { status, text }: EngineAnswer): void {
  response
    ?.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
    .end(text);
}

/** Answers on a connection that was to be of both ways and did not become one, and ends it. */
export function answerOnSocket(socket: Duplex, { status, text }: EngineAnswer): void {
  const head = `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** Asks the engine for JSON; anything but 200 is passed on, and undefined. */
export async function listOf<T>(exchange: Exchange, target: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const answer = await exchange.room.engine.ask({ method: "GET", target });
  if (answer.status === 200) return schema.parse(JSON.parse(answer.text));
  answerWith(exchange, answer);
  return undefined;
}

/** Podman's words, with status 500, for a container that goes away while it is described. */
const VANISHED = /no such container/i;

/** What the engine says about one thing; undefined when there is none, and a refusal of its own is thrown. */
export async function look<T>(
  { room, prefix }: Pick<Exchange, "room" | "prefix">,
  segments: readonly string[],
  schema: z.ZodType<T>,
): Promise<{ readonly data: T; readonly text: string } | undefined> {
  const { status, text } = await room.engine.ask({ method: "GET", target: targetText(prefix, segments) });
  if (status === 404 || (status === 500 && VANISHED.test(text))) return undefined;
  if (status !== 200) throw new Refusal(`the engine does not describe it (status ${status})`);
  return { data: schema.parse(JSON.parse(text)), text };
}

/** Whether labels say that something is this hub's, and no other's: containers get labels of their images as well. */
export function isOurs(
  { room }: Pick<Exchange, "room">,
  labels: Readonly<Record<string, string>> | null | undefined,
): boolean {
  const { hub } = room.pins;
  const said = [labels?.[HUB_LABEL], labels?.[HELPER_LABEL]].filter((label) => label !== undefined);
  return said.length > 0 && said.every((label) => label === hub);
}
