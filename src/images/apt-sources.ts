/** The host's own package sources (`sources.list(5)`): both formats, read only as far as an image build needs. */

export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Options that matter for fetching, lower case: `signed-by`, `trusted`, `check-valid-until`. */
  readonly options: Readonly<Record<string, string>>;
}

const KEPT_OPTIONS: readonly string[] = ["signed-by", "trusted", "check-valid-until", "allow-insecure"];

/** Reads a `.sources` file (deb822). Disabled stanzas, source packages and exact paths are left out. */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of stanzas(text)) {
    if ((stanza.enabled ?? "yes").toLowerCase() === "no") continue;
    if (!words(stanza.types).includes("deb")) continue;
    const options = keptOptions(stanza);
    for (const uri of words(stanza.uris)) {
      for (const suite of words(stanza.suites)) {
        if (suite.endsWith("/")) continue;
        sources.push({ uri, suite, components: words(stanza.components), options });
      }
    }
  }
  return sources.filter(usable);
}

/** Reads a `.list` file: `deb [option=value …] URI SUITE COMPONENT…`, one a line. */
export function parseOneLine(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^\s#]+)\s+([^\s#]+)([^#]*)/.exec(line);
    const [, options, uri, suite, components] = match ?? [];
    if (uri === undefined || suite === undefined || suite.endsWith("/")) continue;
    const pairs = words(options).map((word) => word.split("=", 2));
    const fields = Object.fromEntries(pairs.map(([name, value]) => [(name ?? "").toLowerCase(), value ?? ""]));
    sources.push({ uri, suite, components: words(components), options: keptOptions(fields) });
  }
  return sources.filter(usable);
}

/** The line form of a source, for a program that takes sources as arguments. */
export function formatSource(source: AptSource): string {
  const options = Object.entries(source.options).map(([name, value]) => `${name}=${value}`);
  const bracket = options.length === 0 ? "" : `[${options.join(" ")}] `;
  return `deb ${bracket}${source.uri} ${source.suite} ${source.components.join(" ")}`;
}

function usable(source: AptSource): boolean {
  return !source.uri.startsWith("cdrom:") && source.components.length > 0;
}

function keptOptions(fields: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_OPTIONS) {
    const value = fields[name]?.trim();
    if (value === undefined || value === "") continue;
    // A key may stand in the file itself, or be a fingerprint: neither fits a line; the host's trusted keys then decide.
    if (name === "signed-by" && !words(value).every((word) => word.startsWith("/"))) continue;
    kept[name] = name === "signed-by" ? words(value).join(",") : value;
  }
  return kept;
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

/** RFC 822 stanzas: field names in lower case, continuation lines joined, comments dropped. */
function stanzas(text: string): Record<string, string>[] {
  const found: Record<string, string>[] = [];
  let fields: Record<string, string> = {};
  let last = "";
  for (const line of [...text.split(/\r?\n/), ""]) {
    if (line.startsWith("#")) continue;
    const field = /^([A-Za-z0-9-]+):(.*)$/.exec(line);
    if (line.trim() === "") {
      if (Object.keys(fields).length > 0) found.push(fields);
      fields = {};
      last = "";
    } else if (field?.[1] !== undefined) {
      last = field[1].toLowerCase();
      fields[last] = (field[2] ?? "").trim();
    } else if (last !== "") {
      fields[last] = `${fields[last] ?? ""}\n${line.trim()}`;
    }
  }
  return found;
}
