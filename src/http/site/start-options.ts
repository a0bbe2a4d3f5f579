/** Hublet's own options, of which each has one value. */
const OWN_OPTIONS: readonly string[] = ["profile", "image"];

/**
 * Options of a start in the query of `HUB spawn` (contract 3.5): `opt-X` names option X, and once there is one all
 * plain parameters are ignored; `next` and `display_name` are never options.
 * @returns undefined when the query names none: the last start's options are used again
 */
export function startOptions(query: unknown): Record<string, unknown> | undefined {
  const entries = Object.entries(query as Record<string, string | string[]>).filter(
    ([name]) => name !== "next" && name !== "display_name" && name !== "_xsrf",
  );
  const marked = entries
    .filter(([name]) => name.startsWith("opt-"))
    .map(([name, value]) => [name.slice(4), value] as const);
  const chosen = marked.length > 0 ? marked : entries;
  if (chosen.length === 0) return undefined;
  // JupyterHub hands options of a query over as lists; one value alone is what Hublet's own options are.
  return Object.fromEntries(
    chosen.map(([name, value]) => [
      name,
      OWN_OPTIONS.includes(name) && typeof value === "string" ? value : [value].flat(),
    ]),
  );
}
