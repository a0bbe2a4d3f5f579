import { readFile } from "node:fs/promises";
import { systemCode } from "../../kernel/index.ts";

/** A process beyond doubt: pids are used again, and start times count from the boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after the boot, field 22 of `/proc/PID/stat` (proc(5)). */
  readonly startTime: string;
  readonly bootId: string;
}

/** Undefined when there is no such process, or only its unreaped entry. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // ESRCH: it went while being read.
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ESRCH") return undefined;
    throw error;
  }
  // The name, in parentheses, may contain anything: fields are counted after its end, the first there is number 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[22 - 3]];
  if (state === undefined || startTime === undefined || state === "Z" || state === "X") return undefined;
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  return { pid, startTime, bootId };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  const now = await identify(process.pid);
  return now !== undefined && now.startTime === process.startTime && now.bootId === process.bootId;
}

/** `pid:starttime`, as `Running.id` has it. */
export function idOf(process: ProcessIdentity): string {
  return `${process.pid}:${process.startTime}`;
}
