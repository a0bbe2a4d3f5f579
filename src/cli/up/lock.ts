/** One supervisor for each state folder. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { connect, createServer } from "node:net";
import { type Closable, HubError, messageOf, systemCode } from "../../kernel/index.ts";

/**
 * A Unix socket in Linux's abstract namespace: it is gone with the process that holds it, however that ends, so a
 * killed supervisor leaves no stale lock, and two that start at once cannot both have it.
 */
function lockAddress(state: string): string {
  return `\0hublet-${createHash("sha256").update(realpathSync(state)).digest("hex").slice(0, 32)}`;
}

/** Takes the lock of an existing state folder. @throws HubError `state-locked` */
export async function lockState(state: string): Promise<Closable> {
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(lockAddress(state), resolve);
    });
  } catch (error) {
    if (systemCode(error) === "EADDRINUSE") throw lockedError(state);
    throw error;
  }
  return { close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

/** Whether a supervisor runs on this state folder right now; false when the folder is missing. */
export async function isLocked(state: string): Promise<boolean> {
  let address: string;
  try {
    address = lockAddress(state);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw new HubError(
      "state-unusable",
      `The state folder ${state} cannot be looked at: ${messageOf(error)}. Run Hublet as the account that owns it, or choose another folder with --state.`,
      { cause: error },
    );
  }
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export function lockedError(state: string): HubError {
  return new HubError(
    "state-locked",
    `A hub runs on the state folder ${state} already. Stop it first (Ctrl-C in its terminal), or give this one a folder of its own with --state. “hublet status” shows the running one.`,
  );
}
