/** Which addresses of providers are safe to send secrets to. */
import type { Voice } from "./port.ts";

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/**
 * Tokens and codes go there, so it has to be https; only this computer itself may be spoken to in the clear.
 * @throws HubError `bad-config`
 */
export function requireSafe(voice: Voice, url: URL, key: string): URL {
  if (url.protocol === "https:" || isLoopback(url)) return url;
  throw voice.misconfigured(
    `${key} is ${url.origin}, and over plain http everybody on the way could sign in as anybody`,
    `use its https:// address (${key} in hublet.yaml)`,
  );
}

/** `path` below `base`, whether that ends with a slash or not. */
export function below(base: URL, path: string): URL {
  return new URL(`${base.href.replace(/\/+$/, "")}/${path}`);
}
