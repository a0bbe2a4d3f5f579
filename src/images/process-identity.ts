import { readFile } from "node:fs/promises";

/** Start of a process in clock ticks after boot (`proc_pid_stat(5)`, field 22): with its pid, it names one process for good. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The second field is the command in parentheses and may hold anything, so fields are counted after the last one.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}
