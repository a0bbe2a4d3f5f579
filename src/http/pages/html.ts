/** A tagged template that escapes by default: the only way HTML is written in this folder. */

/** Text that is HTML already: made by `html` only, so that nothing unescaped slips in. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly Html[] | false | undefined;

/**
 * Builds HTML; every value is escaped for text and quoted attributes, `Html` (and lists of it) goes in as it is,
 * `undefined` and `false` vanish. Attributes must be quoted in the template.
 * @example html`<p title="${title}">${text}</p>`
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let out = strings[0] ?? "";
  for (const [index, part] of parts.entries()) out += render(part) + (strings[index + 1] ?? "");
  return new Html(out);
}

function render(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map((item) => item.text).join("");
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}
