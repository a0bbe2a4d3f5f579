import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { Server as TlsServer } from "node:tls";
import { HubError, messageOf, systemCode } from "../kernel/index.ts";
import type { Listen } from "./options.ts";

const PROBE_MS = 2_000;

/**
 * Makes a server listen.
 * @param what names the listener in messages: “public address”, “API address”
 * @param mode permissions of a socket file; `undefined` leaves them to the umask
 * @returns `http://host:port`, with `https` for a server that speaks it, or `http+unix://ENCODED`
 * @throws HubError `port-in-use`, `usage`
 */
export async function listen(server: Server, where: Listen, what: string, mode?: number): Promise<string> {
  const name = nameOf(where);
  if ("socket" in where) await removeStaleSocket(where.socket, what);
  try {
    await start(server, where, mode);
  } catch (error) {
    if (systemCode(error) === "EADDRINUSE") throw inUse(what, name, error);
    throw new HubError(
      "usage",
      `The ${what} ${name} cannot be listened on: ${messageOf(error)}. Choose another address, or give this account the right to use it.`,
      { cause: error },
    );
  }
  if ("socket" in where) {
    if (mode !== undefined) await chmod(where.socket, mode);
    return `http+unix://${encodeURIComponent(where.socket)}`;
  }
  const address = server.address();
  if (typeof address === "string") return `http+unix://${encodeURIComponent(address)}`;
  if (address === null) return name;
  return `${server instanceof TlsServer ? "https" : "http"}://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}

function nameOf(where: Listen): string {
  if ("socket" in where) return where.socket;
  return "fd" in where ? `of the open socket ${where.fd}` : `${where.host ?? "*"}:${where.port}`;
}

function start(server: Server, where: Listen, mode: number | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const listening = (): void => {
    server.off("error", reject);
    resolve();
  };
  if ("fd" in where) {
    server.listen({ fd: where.fd }, listening);
    return promise;
  }
  if (!("socket" in where)) {
    server.listen({ port: where.port, ...(where.host === undefined ? {} : { host: where.host }) }, listening);
    return promise;
  }
  // The file is made inside `listen`, at once: with this umask nobody can connect in the moment before `chmod`.
  const before = mode === undefined ? undefined : process.umask(0o777 & ~mode);
  try {
    server.listen({ path: where.socket }, listening);
  } finally {
    if (before !== undefined) process.umask(before);
  }
  return promise;
}

/** Removes the socket file of a process that was killed; one that still answers, or another kind of file, stays. */
async function removeStaleSocket(path: string, what: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new HubError(
      "usage",
      `The ${what} ${path} cannot be used: there is a file of another kind at this path. Remove it, or choose another path.`,
    );
  }
  if (await answers(path)) throw inUse(what, path, undefined);
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.setTimeout(PROBE_MS);
  probe.once("connect", () => resolve(true));
  probe.once("timeout", () => resolve(true));
  probe.once("error", (error) => resolve(systemCode(error) !== "ECONNREFUSED"));
  return promise.finally(() => probe.destroy());
}

function inUse(what: string, name: string, cause: unknown): HubError {
  return new HubError(
    "port-in-use",
    `The ${what} ${name} is in use by another program. Stop that program, or choose another address.`,
    { cause },
  );
}
