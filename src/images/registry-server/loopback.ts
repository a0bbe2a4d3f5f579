/**
 * Who listens where the own registry does. Every account of the host may open a port of its loopback that is free, and would be
 * told the password there, or hand out images of its own.
 */
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { type Closable, systemCode } from "../../kernel/index.ts";

/** Loopback and “every address” in proc(5)'s writing, of both families: what “localhost” may reach. */
const REACHED = new Set([
  "0100007F",
  "00000000",
  "0".repeat(32),
  "00000000000000000000000001000000",
  "0000000000000000FFFF00000100007F",
]);
const LISTENS = "0A";

/** The number of an account, not `own`, that listens on this port of the loopback; undefined: there is none. */
export function strangerAt(port: number, own = process.getuid?.()): number | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((file) => read(file).split("\n"))
    .flatMap((line) => {
      const [, local = "", , state, , , , uid] = line.trim().split(/\s+/);
      const [address = "", at] = local.split(":");
      return at === wanted && state === LISTENS && REACHED.has(address) ? [Number(uid)] : [];
    })
    .find((uid) => uid !== own);
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    // No such family of addresses here.
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}

/**
 * Hands on what comes to the port by IPv6's loopback. The registry listens by IPv4 alone, and engines that are told “localhost” try
 * IPv6 first: so that nobody else is there.
 * @returns undefined where that is taken, or where there is no IPv6
 */
export async function holdOtherLoopback(port: number): Promise<Closable | undefined> {
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    // One that breaks takes the other along; who asked sees it.
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const)
      pipeline(one, other, () => undefined);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen({ host: "::1", port, ipv6Only: true }, resolve);
    });
  } catch (error) {
    if (["EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
  server.on("error", () => undefined); // of one connection: the next ones come
  server.unref();
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
