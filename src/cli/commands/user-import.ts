/** `hublet user import`: many people from a CSV file. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { importedPeopleSchema } from "../../contract/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { table } from "../table.ts";
import { readableTime } from "../times.ts";

const COLUMNS = ["name", "admin", "groups", "password", "password_hash"] as const;
const YES = /^(?:yes|true|1|admin)$/i;

export const userImport = command({
  path: ["user", "import"],
  summary: "Add many people from a CSV file: name, admin, groups, password or password_hash; all of them or none",
  positionals: [
    { name: "file", description: "The CSV file with a first line of column names; “-” is standard input." },
  ],
  options: {
    give: z
      .enum(["links", "passphrases", "nothing"])
      .default("links")
      .describe("What people without a password get: a one-time link, a generated pass phrase, or nothing."),
  },
  inside: "file",
  examples: [
    "hublet user import course.csv",
    "hublet user import course.csv --give passphrases > handout.txt",
    "hublet user import - --give nothing < members.csv",
  ],
  run: async (context, words, options) => {
    const file = firstWord(words);
    const rows = rowsOf(await textOf(context, file), file);
    const result = await context
      .hub()
      .request("POST", "/hublet/people/import", importedPeopleSchema, { rows, give: options.give });
    const handout = table(
      ["NAME", options.give === "passphrases" ? "PASS PHRASE" : "ONE-TIME LINK", "EXPIRES"],
      result.added.map(({ name, url, passphrase, expiresAt }) => [
        name,
        passphrase ?? url ?? "-",
        expiresAt === null ? "-" : readableTime(expiresAt),
      ]),
      "Nobody was added.",
    );
    const notes = [
      ...(result.takenOver.length === 0
        ? []
        : [`There without a password, and with that of the other hub now: ${result.takenOver.join(", ")}.`]),
      ...(result.existing.length === 0 ? [] : [`Already there, left as they are: ${result.existing.join(", ")}.`]),
      ...(result.keptFiles.length === 0
        ? []
        : [
            `Files of earlier people lie under these names; “hublet user add NAME --hand-over-files” if they are the same: ${result.keptFiles.join(", ")}.`,
          ]),
    ];
    return { json: result, text: [handout, ...notes].join("\n") };
  },
});

async function textOf(context: CliContext, file: string): Promise<string> {
  if (file === "-") return context.readInput();
  try {
    return await readFile(resolve(context.cwd, file), "utf8");
  } catch (cause) {
    throw new HubError("usage", `The file ${file} cannot be read: ${messageOf(cause)}. Check the path.`, { cause });
  }
}

interface ImportRow {
  readonly name: string;
  readonly admin?: boolean;
  readonly groups?: readonly string[];
  readonly password?: string;
  /** bcrypt's, of another hub. */
  readonly passwordHash?: string;
}

/** Groups of one person are separated by “;” or “|”. @throws HubError `usage` with the line */
function rowsOf(text: string, file: string): ImportRow[] {
  let records: Record<string, string>[];
  try {
    records = parse(text, {
      bom: true,
      columns: (head: string[]) => head.map((cell) => columnOf(cell, file)),
      skip_empty_lines: true,
      trim: true,
    });
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw new HubError("usage", `${file}: ${messageOf(cause)}. Every line needs as many fields as the first.`, {
      cause,
    });
  }
  if (records.length === 0)
    throw new HubError("usage", `${file} names nobody: below the column names there is no line.`);
  return records.map(({ name = "", admin, groups, password, password_hash: passwordHash }) => ({
    name,
    ...(admin === undefined || admin === "" ? {} : { admin: YES.test(admin) }),
    ...(groups === undefined || groups === ""
      ? {}
      : { groups: groups.split(/\s*[;|]\s*/).filter((one) => one !== "") }),
    ...(password === undefined || password === "" ? {} : { password }),
    ...(passwordHash === undefined || passwordHash === "" ? {} : { passwordHash }),
  }));
}

function columnOf(cell: string, file: string): string {
  const name = cell.trim().toLowerCase();
  if (COLUMNS.some((known) => known === name)) return name;
  throw new HubError(
    "usage",
    `${file}:1: unknown column “${cell.slice(0, 40)}”. Known are ${COLUMNS.join(", ")}; “name” is needed, and the first line holds the column names.`,
  );
}
