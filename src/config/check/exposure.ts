/** What is unsafe but allowed about the hub's address. */
import type { Checks } from "./context.ts";
import { isLoopback } from "./sign-in.ts";

export function checkExposure(checks: Checks): void {
  const { listen, tls, publicUrl } = checks.config;
  const port = Number(listen.slice(listen.lastIndexOf(":") + 1));
  if (port > 65_535) checks.problem(["listen"], "the port must be at most 65535");
  if (!isLoopback(listen.replace(/:\d+$/, "")) && tls === undefined && publicUrl?.startsWith("https:") !== true)
    checks.warn(
      `Hublet listens on ${listen} without TLS: passwords can be read on the network. Set tls, or put a TLS proxy in front and set publicUrl.`,
    );
}
