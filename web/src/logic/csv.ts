/** People pasted as a sheet or a CSV file: `name,admin,groups` and, if need be, `password`. Pure. */
import { cleanName, type NameProblem, problemOf } from "./names.ts";

export interface ImportRow {
  readonly name: string;
  readonly admin: boolean;
  readonly groups: readonly string[];
  /** Undefined: none given. */
  readonly password: string | undefined;
}

export type RowProblem = NameProblem | "missing" | "twice" | "admin" | "group" | "quote";

export interface ParsedRows {
  readonly rows: readonly ImportRow[];
  /** `line` counts from 1, as an editor does. */
  readonly problems: readonly { readonly line: number; readonly text: string; readonly reason: RowProblem }[];
}

const COLUMNS = ["name", "admin", "groups", "password"] as const;
type Column = (typeof COLUMNS)[number];
/** Other words for the columns, as other hubs' sheets have them. */
const ALIASES: Readonly<Record<string, Column>> = {
  user: "name",
  username: "name",
  "user name": "name",
  group: "groups",
  admins: "admin",
  role: "admin",
};
const YES = new Set(["true", "yes", "y", "1", "x", "admin"]);
const NO = new Set(["", "false", "no", "n", "0", "user"]);
const LONGEST_GROUP = 64;

/**
 * Reads commas, semicolons or tabs, whichever the first line has, and quotes as spreadsheets write them. A first line of
 * column names may change their order; without one it is name, admin, groups, password. Groups of one person are apart
 * by `|`, by `;`, or by commas inside quotes.
 */
export function parsePeople(text: string): ParsedRows {
  const separator = separatorOf(text);
  const table = cellsOf(text.replace(/^\uFEFF/, ""), separator);
  const header = headerOf(table[0]?.cells ?? []);
  const columns = header ?? COLUMNS;
  const rows: ImportRow[] = [];
  const problems: { line: number; text: string; reason: RowProblem }[] = [];
  const seen = new Set<string>();
  for (const { line, cells, open } of header === undefined ? table : table.slice(1)) {
    const cell = (column: Column) => cells[columns.indexOf(column)]?.trim() ?? "";
    const name = cleanName(cell("name"));
    const groups = groupsOf(cell("groups"));
    const admin = cell("admin").toLowerCase();
    const reason = open ? "quote" : rowProblem(name, admin, groups, seen);
    if (reason === null) {
      seen.add(name);
      const password = cells[columns.indexOf("password")] ?? "";
      rows.push({ name, admin: YES.has(admin), groups, password: password === "" ? undefined : password });
    } else problems.push({ line, text: cells.slice(0, 3).join(separator).slice(0, 80), reason });
  }
  return { rows, problems };
}

function rowProblem(
  name: string,
  admin: string,
  groups: readonly string[],
  seen: ReadonlySet<string>,
): RowProblem | null {
  if (name === "") return "missing";
  const bad = problemOf(name);
  if (bad !== null) return bad;
  if (seen.has(name)) return "twice";
  if (!YES.has(admin) && !NO.has(admin)) return "admin";
  return groups.every((group) => group.length <= LONGEST_GROUP && !/[/!=,\p{C}]/u.test(group)) ? null : "group";
}

function groupsOf(cell: string): readonly string[] {
  const names = cell
    .split(/[|;,]/)
    .map((group) => group.trim())
    .filter((group) => group !== "");
  return [...new Set(names)];
}

function separatorOf(text: string): string {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== "") ?? "";
  return ["\t", ",", ";"].find((one) => first.includes(one)) ?? ",";
}

function headerOf(cells: readonly string[]): readonly (Column | undefined)[] | undefined {
  const named = cells.map((cell) => {
    const word = cell.trim().toLowerCase();
    return COLUMNS.find((column) => column === word) ?? ALIASES[word];
  });
  return named.includes("name") ? named : undefined;
}

interface Line {
  readonly line: number;
  readonly cells: string[];
  /** A quote was not closed. */
  open: boolean;
}

/** RFC 4180 with any separator; lines without anything are left out. */
function cellsOf(text: string, separator: string): readonly Line[] {
  const lines: Line[] = [];
  let number = 1;
  let current: Line = { line: 1, cells: [], open: false };
  let cell = "";
  let quoted = false;
  const endLine = () => {
    current.cells.push(cell);
    if (current.cells.some((one) => one.trim() !== "")) lines.push(current);
    cell = "";
    current = { line: number, cells: [], open: false };
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "\n") number += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell.trim() === "") {
      quoted = true;
      cell = "";
    } else if (character === separator) {
      current.cells.push(cell);
      cell = "";
    } else if (character === "\n") endLine();
    else if (character !== "\r") cell += character;
  }
  current.open = quoted;
  endLine();
  return lines;
}

/** A table as CSV for a spreadsheet; what a spreadsheet would take for a formula is made plain text. */
export function csvText(rows: readonly (readonly string[])[]): string {
  const quote = (value: string) => {
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${rows.map((row) => row.map(quote).join(",")).join("\r\n")}\r\n`;
}
