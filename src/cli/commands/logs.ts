/** `hublet logs`: what hub, proxy and engine said, in readable lines. */
import { createReadStream, existsSync, statSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";
import { type CommandResult, command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { isDeployedHere } from "../deployed/find.ts";
import { formatJournalLine, JOURNAL_PARTS, type JournalLine, readJournal } from "../deployed/journal.ts";
import { withHost } from "../deployed/with-host.ts";
import { statePaths } from "../instance.ts";
import { formatLogLine } from "../log-format.ts";

/** Of `hublet up`; a deployment has `JOURNAL_PARTS`. */
const PARTS = ["hub", "proxy", "registry", "engine"] as const;

export const logs = command({
  path: ["logs"],
  summary: "Show what hub, proxy and engine said",
  positionals: [
    {
      name: "part",
      description:
        "hub, proxy or registry; engine with “up”; broker, postgres or backup in a deployment; all when left out.",
      optional: true,
    },
  ],
  options: {
    lines: z.coerce.number().int().min(1).max(100_000).default(100).describe("How many lines."),
    follow: z.boolean().default(false).describe("Go on showing new lines until Ctrl-C."),
    host: z.string().optional().describe("USER@SERVER: the deployment on that host, by ssh."),
  },
  examples: ["hublet logs", "hublet logs hub --lines 500", "hublet logs --follow", "hublet logs --host ada@lab"],
  run: async (context, words, options) => {
    const part = words[0];
    const deployed = options.host !== undefined || isDeployedHere(context.instance(), context);
    const known: readonly string[] = deployed ? JOURNAL_PARTS : PARTS;
    if (part !== undefined && !known.includes(part))
      throw new HubError("usage", `“${part}” has no log. Choose one of: ${known.join(", ")}.`);
    if (deployed) return journal(context, part === undefined ? known : [part], options);
    const folder = statePaths(context.instance().state).logs;
    const files = PARTS.filter((name) => part === undefined || name === part).map((name) => ({
      name,
      file: join(folder, `${name}.log`),
    }));
    const records = (await Promise.all(files.map(({ name, file }) => tail(name, file, options.lines)))).flat();
    records.sort((a, b) => a.at.localeCompare(b.at));
    const last = records.slice(-options.lines);
    if (!options.follow) {
      if (last.length === 0 && !existsSync(folder))
        throw new HubError(
          "not-found",
          `There are no logs in ${folder}: the hub was never started with this state folder.`,
        );
      return {
        json: last.map((record) => ({ part: record.part, line: record.raw })),
        text: last.map((record) => formatLogLine(record.part, record.raw)).join("\n"),
      };
    }
    for (const record of last) context.line(formatLogLine(record.part, record.raw));
    await Promise.all(files.map(({ name, file }) => follow(file, (line) => context.line(formatLogLine(name, line)))));
    return { json: null, text: "" };
  },
});

async function journal(
  context: CliContext,
  parts: readonly string[],
  options: { readonly lines: number; readonly follow: boolean; readonly host?: string | undefined },
): Promise<CommandResult> {
  const lines: JournalLine[] = [];
  const show = (line: JournalLine): void => {
    if (options.follow) context.line(formatJournalLine(line));
    else lines.push(line);
  };
  const { lines: count, follow } = options;
  const { account } = context.instance();
  const signal = new AbortController().signal;
  await withHost(context, options.host, (host) =>
    readJournal(host, parts, { account, lines: count, follow, show, signal }),
  );
  return { json: options.follow ? null : lines, text: lines.map(formatJournalLine).join("\n") };
}

interface LogRecord {
  readonly part: string;
  readonly at: string;
  readonly raw: string;
}

async function tail(part: string, file: string, lines: number): Promise<LogRecord[]> {
  if (!existsSync(file)) return [];
  try {
    const text = await readFile(file, "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .slice(-lines)
      .map((raw) => ({ part, raw, at: timeOf(raw) }));
  } catch (error) {
    throw new HubError(
      "state-unusable",
      `The log ${file} cannot be read: ${messageOf(error)}. Run this as the account that runs the hub, or as root.`,
      { cause: error },
    );
  }
}

function timeOf(raw: string): string {
  return /"time":"([^"]+)"/.exec(raw)?.[1] ?? "";
}

/** Shows what is appended, woken by the file system; ends never by itself. */
async function follow(file: string, show: (line: string) => void): Promise<void> {
  if (!existsSync(file)) return;
  let position = statSync(file).size;
  let rest = "";
  for await (const _event of changes(file)) {
    const { size } = statSync(file);
    if (size < position) position = 0;
    if (size === position) continue;
    for await (const chunk of createReadStream(file, { start: position, end: size - 1, encoding: "utf8" }))
      rest += String(chunk);
    position = size;
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) show(line);
  }
}

async function* changes(file: string): AsyncGenerator<void> {
  let wake: () => void = () => undefined;
  const watcher = watch(file, () => wake());
  try {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      yield;
    }
  } finally {
    watcher.close();
  }
}
