/** Hublet's own options, of which each has one value. */
const OWN_OPTIONS: readonly string[] = ["profile", "image", "tag"];
/** What says something of the page, and nothing of the server. */
const NO_OPTIONS: readonly string[] = ["next", "display_name", "_xsrf", "plain"];

/**
 * Options of a start in the query of `HUB spawn` (contract 3.5): `opt-X` names option X, and once there is one all
 * plain parameters are ignored; `next` and `display_name` are never options.
 * @returns undefined when the query names none: the last start's options are used again
 */
export function startOptions(query: unknown): Record<string, unknown> | undefined {
  const entries = Object.entries(query as Record<string, string | string[]>).filter(
    ([name]) => !NO_OPTIONS.includes(name),
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

/** The same of a posted form, where a field that was left empty is no choice. */
export function formOptions(body: unknown): Record<string, unknown> | undefined {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return startOptions(
    Object.fromEntries(fields.filter(([name, value]) => value !== "" || !OWN_OPTIONS.includes(name))),
  );
}
