/** Logs of a deployment: what its containers write is in systemd's journal, or with Docker. */
import { z } from "zod";
import { type DeploymentEngine, engineOn, findHostAccount, type Host, type HostUser } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { formatLogLine } from "../log-format.ts";

export const JOURNAL_PARTS = ["hub", "proxy", "broker", "registry", "postgres", "backup"] as const;

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

export interface JournalOptions {
  /** Name of the service account: other accounts may call their lines what they like. */
  readonly account: string;
  readonly lines: number;
  readonly follow: boolean;
  readonly show: (line: JournalLine) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds: as long as somebody reads. */
const FOR_EVER_MS = 2 ** 31 - 1;

/**
 * Reads what the deployment's containers wrote, oldest first.
 * @param options.follow goes on with `show` until the signal; otherwise the lines are returned
 * @throws HubError `not-found` without such an account, `command-failed`, `host-unreachable`
 */
export async function readJournal(host: Host, parts: readonly string[], options: JournalOptions): Promise<void> {
  const owner = await findHostAccount(host, options.account);
  if (owner === undefined)
    throw new HubError(
      "not-found",
      `There is no account “${options.account}” on ${host.name}, so nothing was applied there.`,
    );
  const engine = await engineOn(host, options.account);
  if (engine.deployed.kind === "docker") return await readDocker(host, engine, owner, parts, options);
  const argv = ["journalctl", "--output=json", `--lines=${options.lines}`, "--quiet", "--no-pager"];
  if (options.follow) argv.push("--follow");
  const matches = parts.flatMap((part, index) => [
    ...(index === 0 ? [] : ["+"]),
    ...[`_UID=${owner.uid}`, `CONTAINER_NAME=hublet-${part}`],
  ]);
  const { code, stderr } = await host.run([...argv, ...matches], {
    timeout: FOR_EVER_MS,
    signal: options.signal,
    onLine: (line) => {
      const read = parseEntry(line);
      if (read !== undefined) options.show(read);
    },
  });
  if (code !== 0 && !options.signal.aborted)
    throw new HubError("command-failed", `The journal of ${host.name} cannot be read: ${stderr.trim()}.`);
}

/** Docker has a log for each container, and a time before each line where it is asked for. */
async function readDocker(
  host: Host,
  engine: DeploymentEngine,
  account: HostUser,
  parts: readonly string[],
  { lines, follow, show, signal }: JournalOptions,
): Promise<void> {
  const found: (JournalLine & { readonly at: string })[] = [];
  await Promise.all(
    parts.map(async (part) => {
      const words = ["logs", "--timestamps", "--tail", String(lines), ...(follow ? ["--follow"] : [])];
      const { argv } = engine.inside(account, [...words, engine.containerName(`hublet-${part}`)]);
      await host.run(argv, {
        timeout: FOR_EVER_MS,
        signal,
        onLine: (text) => {
          const [, at, line] = /^(\d{4}-\S+Z) (.*)$/.exec(text) ?? [];
          // What has no time before it is Docker's own remark, as on a part that this deployment lacks.
          if (at === undefined || line === undefined) return;
          if (follow) show({ part, line });
          else found.push({ at, part, line });
        },
      });
    }),
  );
  for (const { part, line } of found.toSorted((a, b) => (a.at < b.at ? -1 : 1)).slice(-lines)) show({ part, line });
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
