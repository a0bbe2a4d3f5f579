/** A configuration as people write it: YAML for reading, not for parsing again. */

const INDENT = "  ";
/** Texts that YAML would take for something else, or that would break the line's grammar. */
const NEEDS_QUOTES =
  /^$|^[\s\-?:,[\]{}#&*!|>'"%@`]|[:#]\s|:$|\s$|[\n\r\t]|^(?:true|false|null|yes|no|on|off|~)$|^[\d.+-]/i;

/** Null is shown as `off`, the word that the file uses for "never". */
export function yamlText(value: unknown): string {
  return linesOf(value, "").join("\n");
}

/** One line where it fits: a text, a number, an empty list, `{secret: NAME}`; undefined for what needs several. */
export function inline(value: unknown): string | undefined {
  if (value === null || value === undefined) return "off";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : undefined;
  if (typeof value !== "object") return quoted(String(value));
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const [first] = entries;
  return entries.length === 1 && first?.[0] === "secret" && typeof first[1] === "string"
    ? `{secret: ${first[1]}}`
    : undefined;
}

function linesOf(value: unknown, indent: string): readonly string[] {
  const short = inline(value);
  if (short !== undefined) return [indent + short];
  if (Array.isArray(value)) return value.flatMap((one) => itemOf(one, indent));
  return Object.entries(value as Record<string, unknown>).flatMap(([key, one]) => {
    const text = inline(one);
    const name = quoted(key);
    return text === undefined ? [`${indent}${name}:`, ...linesOf(one, indent + INDENT)] : [`${indent}${name}: ${text}`];
  });
}

function itemOf(value: unknown, indent: string): readonly string[] {
  const [first = "", ...rest] = linesOf(value, indent + INDENT);
  return [`${indent}- ${first.slice(indent.length + INDENT.length)}`, ...rest];
}

function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text;
}
