import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";

/**
 * Proves that an address can be listened on, before anything is changed on the host.
 * @param said where it can be changed, for the message
 * @throws HubError `port-in-use`
 */
export async function checkAddress(host: string, port: number, said: string): Promise<void> {
  const refused = (error: unknown) => addressError(`${host}:${port}`, error, said);
  // Root could listen there; the account that will run the proxy cannot.
  if (port < unprivilegedFrom()) throw refused(Object.assign(new Error("low port"), { code: "EACCES" }));
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw refused(error);
  } finally {
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
}

/** Ports from here on need no rights; Linux lets an admin lower it. */
function unprivilegedFrom(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1024; // the kernel's default, where it cannot be read
  }
}

function addressError(address: string, error: unknown, said: string): HubError {
  const code = systemCode(error);
  const why =
    code === "EADDRINUSE"
      ? "another program listens there"
      : code === "EACCES"
        ? "ports below 1024 need rights that Hublet does not take"
        : code === "EADDRNOTAVAIL"
          ? "this host does not have that address"
          : messageOf(error);
  return new HubError("port-in-use", `Hublet cannot listen on ${address}: ${why}. Choose another with ${said}.`, {
    cause: error,
  });
}
