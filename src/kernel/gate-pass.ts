/**
 * The gate pass: what the hub hands to a browser after checking access to a server, and what the proxy asks for
 * before it lets a request through to a server that does not authenticate its visitors itself (protocol `http`).
 * Node only: it signs, so the web UI has no use for it.
 */
import { z } from "zod";
import { equalInConstantTime, hmac, type Secret } from "./secret.ts";

/** The cookie that carries a pass. Its path is the server's prefix; a browser may send several of them. */
export const GATE_COOKIE = "hublet-gate";

const gatePassSchema = z.object({
  /** `user/name` of the server it opens. */
  s: z.string().min(1),
  /** Epoch of that server: a new epoch makes every older pass worthless. */
  e: z.string(),
  /** Name of the person it was given to. */
  u: z.string(),
  /** Id of the session it was given in. */
  i: z.string(),
  /** When it expires: whole seconds since the epoch. */
  x: z.number().int(),
  /** Its whole life in seconds; renewed once half of it is over. */
  l: z.number().int().positive(),
});

/** The content of a pass. */
export type GatePass = z.infer<typeof gatePassSchema>;

/** What a gated route demands of a pass. */
export interface GateDemand {
  /** `user/name`. */
  readonly server: string;
  readonly epoch: string;
}

/** Signs a pass: `base64url(JSON) + "." + base64url(HMAC-SHA-256)`, the cookie's value. */
export function signGatePass(key: Secret, pass: GatePass): string {
  const payload = Buffer.from(JSON.stringify(pass)).toString("base64url");
  return `${payload}.${hmac(key.reveal(), payload)}`;
}

/** The pass in a cookie's value, or `undefined` when this key did not sign it. Says nothing about its expiry. */
export function readGatePass(key: Secret, cookie: string): GatePass | undefined {
  const dot = cookie.indexOf(".");
  if (dot <= 0 || cookie.length > 4096) return undefined;
  const payload = cookie.slice(0, dot);
  if (!equalInConstantTime(cookie.slice(dot + 1), hmac(key.reveal(), payload))) return undefined;
  try {
    const parsed = gatePassSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Signed by us but not JSON: made by another version. It opens nothing.
    return undefined;
  }
}

/** Whether a pass opens this server now. `nowSeconds`: seconds since the epoch. */
export function gatePassAdmits(pass: GatePass, demand: GateDemand, nowSeconds: number): boolean {
  return pass.s === demand.server && pass.e === demand.epoch && pass.x > nowSeconds;
}

/** Whether half of the pass's life is over, so that the proxy should ask the hub for a new one. */
export function gatePassIsAging(pass: GatePass, nowSeconds: number): boolean {
  return pass.x - nowSeconds < pass.l / 2;
}
