/** Secrets as a text to edit, and what it says afterwards. No message holds a part of a value. */
import { isMap, isScalar, LineCounter, parseDocument, stringify } from "yaml";
import { secretRef } from "../../contract/index.ts";
import { Secret } from "../../kernel/index.ts";

const HEADER = `# The secrets of this vault. Save and leave the editor to seal what you changed.
# A line that is removed removes its secret; a file without any change changes nothing.
`;

export function textOfSecrets(values: ReadonlyMap<string, Secret>): string {
  if (values.size === 0) return `${HEADER}# name: "value"\n`;
  const plain = Object.fromEntries([...values].toSorted().map(([name, value]) => [name, value.reveal()]));
  return (
    HEADER +
    stringify(plain, {
      lineWidth: 0,
      defaultStringType: "QUOTE_DOUBLE",
      defaultKeyType: "PLAIN",
      blockQuote: "literal",
    })
  );
}

/** @returns the values, or every mistake with its line */
export function secretsOfText(
  text: string,
): { readonly values: ReadonlyMap<string, Secret> } | { readonly mistakes: readonly string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `line ${Math.max(1, line)}, column ${Math.max(1, col)}`;
  };
  // The parser's own words may quote a value.
  if (document.errors.length > 0)
    return {
      mistakes: document.errors.map(
        (error) => `${at(error.pos[0])}: this cannot be understood; put quotes around the value`,
      ),
    };
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return { values: new Map() };
  if (!isMap(contents)) return { mistakes: ['line 1: write one NAME: "value" on each line'] };
  const values = new Map<string, Secret>();
  const mistakes: string[] = [];
  for (const { key, value } of contents.items) {
    const place = at(isScalar(key) ? key.range?.[0] : undefined);
    const name = isScalar(key) ? String(key.source ?? key.value) : "";
    if (!secretRef.safeParse({ secret: name }).success) mistakes.push(`${place}: this cannot be the name of a secret`);
    else if (!isScalar(value) || typeof value.value !== "string")
      mistakes.push(`${place}: the value of ${name} is no text; put quotes around it, or remove the line`);
    else if (value.value === "") mistakes.push(`${place}: the value of ${name} is empty; remove the line to remove it`);
    else values.set(name, new Secret(value.value));
  }
  return mistakes.length > 0 ? { mistakes } : { values };
}
