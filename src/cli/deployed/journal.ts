/** Logs of a deployment: systemd's journal has what its containers write. */
import { z } from "zod";
import { findHostAccount, type Host } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { formatLogLine } from "../log-format.ts";

export const JOURNAL_PARTS = ["hub", "proxy", "postgres", "backup"] as const;

const entrySchema = z.object({
  MESSAGE: z.union([z.string(), z.array(z.number())]),
  CONTAINER_NAME: z.string(),
  __REALTIME_TIMESTAMP: z.coerce.number(),
});

export interface JournalLine {
  readonly part: string;
  /** The line as the container wrote it. */
  readonly line: string;
}

/**
 * Reads the journal of the deployment's containers, oldest first.
 * @param options.follow goes on with `show` until the signal; otherwise the lines are returned
 * @throws HubError `not-found` without such an account, `command-failed`, `host-unreachable`
 */
export async function readJournal(
  host: Host,
  parts: readonly string[],
  options: {
    /** Name of the service account: other accounts may call their lines what they like. */
    readonly account: string;
    readonly lines: number;
    readonly follow: boolean;
    readonly show: (line: JournalLine) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const argv = ["journalctl", "--output=json", `--lines=${options.lines}`, "--quiet", "--no-pager"];
  if (options.follow) argv.push("--follow");
  const owner = await findHostAccount(host, options.account);
  if (owner === undefined)
    throw new HubError(
      "not-found",
      `There is no account “${options.account}” on ${host.name}, so nothing was applied there.`,
    );
  const matches = parts.flatMap((part, index) => [
    ...(index === 0 ? [] : ["+"]),
    ...[`_UID=${owner.uid}`, `CONTAINER_NAME=hublet-${part}`],
  ]);
  const { code, stderr } = await host.run([...argv, ...matches], {
    // As long as somebody reads.
    timeout: 2 ** 31 - 1,
    signal: options.signal,
    onLine: (line) => {
      const read = parseEntry(line);
      if (read !== undefined) options.show(read);
    },
  });
  if (code !== 0 && !options.signal.aborted)
    throw new HubError("command-failed", `The journal of ${host.name} cannot be read: ${stderr.trim()}.`);
}

/** One line of `journalctl --output=json`; undefined for what no container of ours wrote. */
export function parseEntry(text: string): JournalLine | undefined {
  const entry = entrySchema.safeParse(tryJson(text));
  if (!entry.success) return undefined;
  const { MESSAGE, CONTAINER_NAME } = entry.data;
  const line = typeof MESSAGE === "string" ? MESSAGE : Buffer.from(MESSAGE).toString("utf8");
  // Some engines hand the end of the line on with it.
  return { part: CONTAINER_NAME.replace(/^hublet-/, ""), line: line.replace(/\n$/, "") };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // journalctl's own remarks
  }
}

export function formatJournalLine({ part, line }: JournalLine): string {
  return formatLogLine(part, line);
}
