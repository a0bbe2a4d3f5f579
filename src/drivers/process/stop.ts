import { type Clock, systemCode } from "../../kernel/index.ts";
import { isAlive, type ProcessIdentity } from "./identity.ts";

/** Node has no pidfd, so a dying process is looked at this often, and only while it is being stopped. */
const LOOK_MS = 50;

/** SIGINT, SIGTERM after half the grace, SIGKILL after all of it, each to the whole group; returns when the leader is gone. */
export async function stopGroup(
  target: ProcessIdentity,
  graceSeconds: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  const halfMs = Math.max(0, graceSeconds * 500);
  for (const [name, patienceMs] of [
    ["SIGINT", halfMs],
    ["SIGTERM", halfMs],
    ["SIGKILL", 10_000],
  ] as const) {
    if (!(await isAlive(target))) break;
    signalGroup(target.pid, name);
    const until = clock.now() + patienceMs;
    while (clock.now() < until && (await isAlive(target))) await clock.sleep(LOOK_MS, signal);
  }
  // What the leader left behind; its number cannot be another group's this soon.
  signalGroup(target.pid, "SIGKILL");
}

export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}
