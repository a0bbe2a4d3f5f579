import type { CheckContext } from "./types.ts";

/** Ports that people of other computers, or of this one, type; none when only a proxy in front reaches the hub. */
export function publicPorts({ config }: Pick<CheckContext, "config">): number[] {
  if (config === undefined) return [];
  const { host, port } = splitListen(config.listen);
  const redirect = config.tls?.redirectFrom;
  const ports = [port, ...(redirect === undefined ? [] : [redirect])];
  return isLoopbackHost(host) ? [] : ports;
}

function splitListen(listen: string): { readonly host: string; readonly port: number } {
  const at = listen.lastIndexOf(":");
  return { host: listen.slice(0, at).replace(/^\[(.*)\]$/, "$1"), port: Number(listen.slice(at + 1)) };
}

function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
