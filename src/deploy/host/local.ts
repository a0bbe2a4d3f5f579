import { spawn } from "node:child_process";
import { HubError } from "../../kernel/index.ts";
import type { Host } from "./port.ts";
import { createHost } from "./session.ts";
import type { Transport } from "./transport.ts";
import { HOST_PATH } from "./transport.ts";

/** This host. @throws HubError `forbidden` unless root calls */
export async function openLocalHost(): Promise<Host> {
  if (process.geteuid?.() !== 0) {
    throw new HubError(
      "forbidden",
      "Only root can change this host: it makes an account, packages and units. Run this with sudo.",
    );
  }
  return await createHost(localTransport());
}

function localTransport(): Transport {
  const { http_proxy, https_proxy, no_proxy } = process.env;
  const env = Object.fromEntries(
    Object.entries({ PATH: HOST_PATH, http_proxy, https_proxy, no_proxy }).filter(([, value]) => value !== undefined),
  );
  return {
    name: "this host",
    local: true,
    // In a session of its own, so that Ctrl-C reaches this program alone, which then ends what it started in order.
    start: ([command = "", ...args]) =>
      spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], detached: true, cwd: "/", env }),
    lost: async () => undefined,
    close: async () => undefined,
  };
}
