/** `hublet generations`: what was applied, and what a rollback can return to. */
import { listGenerations } from "../../deploy/index.ts";
import { command } from "../command.ts";
import { stopSignal } from "../deploy/confirm.ts";
import { hostsOf, onEach } from "../deploy/jobs.ts";
import { HOSTS } from "../deploy/options.ts";
import { table } from "../table.ts";
import { readableTime } from "../times.ts";

export const generations = command({
  path: ["generations"],
  summary: "List what was applied to a host, newest first; “hublet rollback” returns to one",
  positionals: [],
  options: { host: HOSTS },
  examples: ["sudo hublet generations", "hublet generations --host ada@lab.example.org --json"],
  run: async (context, _words, options) => {
    const { account } = context.instance();
    return onEach(context, hostsOf(context, options.host), stopSignal(), async (host) => {
      const all = await listGenerations(host, account);
      const rows = all.map(({ number, created, by, version, current, database }) => [
        `${number}${current ? " (now)" : ""}`,
        readableTime(created),
        by,
        version,
        database ? "kept" : "-",
      ]);
      const text = table(["NUMBER", "APPLIED", "BY", "VERSION", "DATABASE BEFORE"], rows, "Nothing was applied.");
      return { json: all, text };
    });
  },
});
