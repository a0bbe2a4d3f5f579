/**
 * Text of systemd's unit files (systemd.syntax(7), systemd.unit(5)). Values that are lists of words are quoted here; those
 * that are one text are not, so there only `%` and `$` need care.
 */
import { HubError } from "../../kernel/index.ts";

/** A section: its name, and lines of key and value in their order. */
export interface UnitSection {
  readonly name: string;
  readonly lines: readonly (readonly [key: string, value: string])[];
}

/** Sections without lines are left out. @throws HubError `bad-config` for a value that would not stay on its line */
export function unitText(comment: string, sections: readonly UnitSection[]): string {
  const parts = sections
    .filter((section) => section.lines.length > 0)
    .map(({ name, lines }) => `[${name}]\n${lines.map(([key, value]) => `${key}=${oneLine(key, value)}\n`).join("")}`);
  return [`# ${comment}\n`, ...parts].join("\n");
}

/**
 * One word of a command line or of a list of assignments, so that systemd hands on exactly this text, also by way of
 * Quadlet: quoted where needed, `%` and `$` doubled, since specifiers and variables are replaced also within quotes.
 * @throws HubError `bad-config` for what Quadlet hands on wrongly: it drops all after an empty word, and a lone semicolon
 *   divides commands
 */
export function word(text: string): string {
  if (text === "" || text === ";")
    throw new HubError("bad-config", `A unit's command line cannot have the word “${text}”. Leave it out.`);
  const doubled = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[A-Za-z0-9_./:@=,+%$-]+$/.test(doubled)) return doubled;
  return `"${doubled.replace(/[\\"]|(?=\p{ASCII})\p{Cc}/gu, escaped)}"`;
}

/** A text that is not divided into words, for example a path in `Volume=`. `%` and `$` mean themselves. */
export function plain(text: string): string {
  return text.replaceAll("%", "%%").replaceAll("$", "$$$$");
}

function escaped(character: string): string {
  if (character === "\\" || character === '"') return `\\${character}`;
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function oneLine(key: string, value: string): string {
  const wrong = /\p{Cc}/u.test(value) || value.endsWith("\\") || value !== value.trim();
  if (!wrong) return value;
  throw new HubError(
    "bad-config",
    `A unit cannot say ${key}=${JSON.stringify(value)}: control characters, spaces at the ends and a backslash at the end have no place there. Choose a path or name without them.`,
  );
}
