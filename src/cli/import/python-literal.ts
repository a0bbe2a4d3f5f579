/** Python's literals (strings, numbers, lists, tuples, sets, dicts), as configuration files of JupyterHub hold them. */

export type Literal = string | number | boolean | null | readonly Literal[] | { readonly [key: string]: Literal };

export interface Parsed {
  readonly value: Literal;
  /** Index after the literal. */
  readonly end: number;
}

const SKIP = /(?:\s|#[^\n]*|\\\n)*/y;
const NUMBER = /[-+]?\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?/y;
const STRING = /([rRbBuU]{0,2})("""|'''|"|')/y;
const WORDS: Readonly<Record<string, Literal>> = { True: true, False: false, None: null };
const WORD = /[A-Za-z_][A-Za-z0-9_.]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\n": "" };

/** Reads the literal at `start`; undefined when something else stands there, also inside: a name, a call, a formatted string. */
export function parseLiteral(text: string, start: number): Parsed | undefined {
  const at = skip(text, start);
  const open = text[at] ?? "";
  if (open === "[" || open === "(" || open === "{") return sequence(text, at, open);
  const string = stringAt(text, at);
  if (string !== undefined) return joined(text, string);
  const number = sticky(NUMBER, text, at);
  if (number !== undefined) return { value: Number(number.replaceAll("_", "")), end: at + number.length };
  const word = sticky(WORD, text, at);
  const value = word === undefined ? undefined : WORDS[word];
  return word === undefined || value === undefined ? undefined : { value, end: at + word.length };
}

function sequence(text: string, start: number, open: "[" | "(" | "{"): Parsed | undefined {
  const close = { "[": "]", "(": ")", "{": "}" }[open];
  const items: Literal[] = [];
  const pairs: [string, Literal][] = [];
  let at = skip(text, start + 1);
  let commas = 0;
  while (text[at] !== close) {
    const item = parseLiteral(text, at);
    if (item === undefined) return undefined;
    at = skip(text, item.end);
    if (open === "{" && text[at] === ":") {
      const value = parseLiteral(text, at + 1);
      if (value === undefined || typeof item.value === "object") return undefined;
      pairs.push([String(item.value), value.value]);
      at = skip(text, value.end);
    } else items.push(item.value);
    if (text[at] === ",") {
      commas += 1;
      at = skip(text, at + 1);
    } else if (text[at] !== close) return undefined;
  }
  const end = at + 1;
  if (open === "{" && items.length === 0) return { value: Object.fromEntries(pairs), end };
  if (pairs.length > 0) return undefined;
  // Parentheses around one value alone are no tuple.
  const [only] = items;
  return open === "(" && commas === 0 && only !== undefined ? { value: only, end } : { value: items, end };
}

/** Strings beside each other are one. */
function joined(text: string, first: { readonly value: string; readonly end: number }): Parsed {
  let { value, end } = first;
  for (let next = stringAt(text, skip(text, end)); next !== undefined; next = stringAt(text, skip(text, end))) {
    value += next.value;
    ({ end } = next);
  }
  return { value, end };
}

function stringAt(text: string, at: number): { readonly value: string; readonly end: number } | undefined {
  STRING.lastIndex = at;
  const match = STRING.exec(text);
  if (match === null) return undefined;
  const [whole, prefix = "", quote = ""] = match;
  const raw = /r/i.test(prefix);
  let value = "";
  for (let index = at + whole.length; index < text.length; index += 1) {
    if (text.startsWith(quote, index)) return { value, end: index + quote.length };
    const letter = text[index] ?? "";
    if (letter === "\\" && !raw) {
      const next = text[index + 1] ?? "";
      value += ESCAPES[next] ?? next;
      index += 1;
    } else value += letter;
  }
  return undefined;
}

function skip(text: string, at: number): number {
  return at + (sticky(SKIP, text, at)?.length ?? 0);
}

function sticky(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
