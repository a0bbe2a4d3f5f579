/** What Quadlet leaves to systemd and other targets lack: there the proxy opens its sockets itself. */
import type { ContainerUnit, Deployment, SocketUnit } from "../model/deployment.ts";

export interface OwnSockets {
  readonly command: readonly string[];
  /** Ports that are opened, in the order of the sockets. */
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  /** Some of them need CAP_NET_BIND_SERVICE. */
  readonly low: boolean;
}

const FROM_SYSTEMD = "--sockets-from-systemd";
/** Ports below this are root's. */
const FIRST_FREE_PORT = 1024;

/** Undefined for a container that is handed no socket. */
export function ownSockets(container: ContainerUnit, { sockets }: Deployment): OwnSockets | undefined {
  const own = sockets.filter((socket) => socket.service === container.name);
  if (own.length === 0) return undefined;
  const words = own.flatMap((socket) => {
    const { host, port } = split(socket);
    const option = socket.fdName === "redirect" ? "redirect-" : "";
    return [`--${option}ip`, host, `--${option}port`, String(port)];
  });
  const ports = own.map((socket) => ({ name: socket.fdName, port: split(socket).port }));
  return {
    command: container.command.flatMap((word) => (word === FROM_SYSTEMD ? words : [word])),
    ports,
    low: ports.some(({ port }) => port < FIRST_FREE_PORT),
  };
}

function split({ listen }: SocketUnit): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(":");
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(listen.slice(colon + 1)) };
}
