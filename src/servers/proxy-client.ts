/** The proxy's routes by configurable-http-proxy's REST API (contract 7.2, 8): ours, or any other that speaks it. */
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { z } from "zod";
import { type Closable, HubError, messageOf, type Secret, urlName } from "../kernel/index.ts";
import type { Route, Routes } from "./ports.ts";

export interface ProxyClientOptions {
  /** `http://127.0.0.1:8001`, or `http+unix://ENCODED-PATH` for a socket. */
  readonly address: string;
  /** `CONFIGPROXY_AUTH_TOKEN`. */
  readonly token: Secret;
  /** How long connection errors and 5xx are tried again; 30 s when absent (contract 8). */
  readonly retryForMs?: number;
}

const ANSWER_TIMEOUT_MS = 10_000;
const tableSchema = z.record(z.string(), z.looseObject({ target: z.string(), jupyterhub: z.unknown().optional() }));

/** Opens nothing until the first call. Close it to drop its connections. */
export function createProxyClient(options: ProxyClientOptions): Routes & Closable {
  const socketPath = /^(?:http\+unix|unix\+http):\/\/([^/]+)/.exec(options.address)?.[1];
  const pool = new Pool(socketPath === undefined ? options.address : "http://localhost", {
    connections: 10,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    connect: { timeout: 5000, ...(socketPath === undefined ? {} : { socketPath: decodeURIComponent(socketPath) }) },
  });
  const call = (method: "GET" | "POST" | "DELETE", path: string, signal: AbortSignal | undefined, body?: string) =>
    persistently(options, signal, async () => {
      const answer = await pool.request({
        method,
        path: `/api/routes${path}`,
        headers: { authorization: `token ${options.token.reveal()}` },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    });
  return {
    async add({ spec, target, data }, signal) {
      const answer = await call("POST", pathOf(spec), signal, JSON.stringify({ ...data, target, jupyterhub: true }));
      if (answer.status !== 201) throw refused(options, answer.status);
    },
    async remove(spec, signal) {
      const answer = await call("DELETE", pathOf(spec), signal);
      if (answer.status !== 204 && answer.status !== 404) throw refused(options, answer.status);
    },
    async list(signal) {
      const answer = await call("GET", "", signal);
      if (answer.status !== 200) throw refused(options, answer.status);
      return readTable(options, answer.text);
    },
    close: () => pool.close(),
  };
}

function readTable(options: ProxyClientOptions, text: string): ReadonlyMap<string, Route> {
  try {
    const routes = new Map<string, Route>();
    for (const [key, { target, jupyterhub, ...data }] of Object.entries(tableSchema.parse(JSON.parse(text)))) {
      if (jupyterhub !== true) continue;
      const spec = specOf(key);
      routes.set(spec, { spec, target, data });
    }
    return routes;
  } catch (error) {
    throw new HubError(
      "proxy-unreachable",
      `What answers at ${options.address} is not a proxy that this hub understands. Check the address of the proxy's API.`,
      { cause: error },
    );
  }
}

/** Tries again while nothing answers or the answer is 5xx, at growing distances. */
async function persistently<T extends { readonly status: number }>(
  options: ProxyClientOptions,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + (options.retryForMs ?? 30_000);
  for (let wait = 50; ; wait = Math.min(1000, wait * 2)) {
    let trouble: unknown;
    try {
      const answer = await attempt();
      if (answer.status < 500) return answer;
      trouble = new Error(`status ${answer.status}`);
    } catch (error) {
      trouble = error;
    }
    if (signal?.aborted === true || performance.now() + wait > until) {
      throw new HubError(
        "proxy-unreachable",
        `The proxy's API at ${options.address} does not answer. Check that the proxy runs; Hublet tries again by itself.`,
        { cause: trouble, detail: messageOf(trouble) },
      );
    }
    await delay(wait, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function refused(options: ProxyClientOptions, status: number): HubError {
  const why = status === 403 ? "it does not accept the hub's token (CONFIGPROXY_AUTH_TOKEN)" : `it answered ${status}`;
  return new HubError(
    "proxy-unreachable",
    `The proxy at ${options.address} refused: ${why}. Give hub and proxy the same token.`,
  );
}

/** `/user/a%20b/` → `/user/a%20b`; `/` → `/`. */
function pathOf(spec: string): string {
  return spec === "/" ? "/" : spec.replace(/\/$/, "");
}

/** The proxy's keys are decoded; ours are escaped and end in a slash. */
function specOf(key: string): string {
  const path = key.split("/").map(urlName).join("/");
  return path.endsWith("/") ? path : `${path}/`;
}
