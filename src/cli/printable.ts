/** Text for a terminal. */

/** Colours, which Jupyter's own log has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOURS = /\u001b\[[0-9;]*m/g;
/** What terminals obey: all control characters but tab and newline; and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that may come from people, their servers or providers, so that none of it commands the terminal of whoever reads it
 * (CWE-150): what would is shown by its number, `\u001b`. Colours are left out, lone carriage returns begin a line.
 */
export function printable(text: string): string {
  return escaped(text.replace(COLOURS, "").replace(/\r\n?/g, "\n"));
}

/** JSON stays the same JSON: its own escapes are used. */
export function printableJson(value: unknown, indent: number): string {
  return escaped(JSON.stringify(value, null, indent));
}

function escaped(text: string): string {
  return text.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
