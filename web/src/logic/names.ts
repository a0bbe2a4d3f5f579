/** Names pasted by an admin: one or many, by lines, commas, semicolons or the columns of a sheet. */

export interface ParsedNames {
  /** Normalised as the hub does it (NFKC, lower case), each once, in the order given. */
  readonly names: readonly string[];
  readonly invalid: readonly { readonly name: string; readonly reason: NameProblem }[];
}
export type NameProblem = "slash" | "long" | "invisible" | "folder";

/** Longest name the hub takes. */
const LONGEST = 64;

export function parseNames(text: string): ParsedNames {
  const names = new Set<string>();
  const invalid: { name: string; reason: NameProblem }[] = [];
  for (const part of text.split(/[\n\r,;\t]+/)) {
    const name = cleanName(part);
    if (name === "") continue;
    const reason = problemOf(name);
    if (reason === null) names.add(name);
    else invalid.push({ name: part.trim().slice(0, 80), reason });
  }
  return { names: [...names], invalid };
}

/** A name as the hub keeps it. */
export function cleanName(name: string): string {
  return name.trim().normalize("NFKC").toLowerCase();
}

/** Why the hub would not take this name. */
export function problemOf(name: string): NameProblem | null {
  if (name.includes("/")) return "slash";
  if (name.length > LONGEST) return "long";
  if (/\p{C}/u.test(name)) return "invisible";
  if (name === "." || name === "..") return "folder";
  return null;
}
