/** `hublet logs`: what hub, proxy and engine said, in readable lines. */
import { createReadStream, existsSync, statSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { statePaths } from "../instance.ts";
import { formatLogLine } from "../log-format.ts";

const PARTS = ["hub", "proxy", "engine"] as const;

export const logs = command({
  path: ["logs"],
  summary: "Show the logs of hub, proxy and engine",
  positionals: [{ name: "part", description: "hub, proxy or engine; all when left out.", optional: true }],
  options: {
    lines: z.coerce.number().int().min(1).max(100_000).default(100).describe("How many lines."),
    follow: z.boolean().default(false).describe("Go on showing new lines until Ctrl-C."),
  },
  examples: ["hublet logs", "hublet logs hub --lines 500", "hublet logs --follow"],
  run: async (context, words, options) => {
    const part = words[0];
    if (part !== undefined && !(PARTS as readonly string[]).includes(part))
      throw new HubError("usage", `“${part}” has no log. Choose one of: ${PARTS.join(", ")}.`);
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
