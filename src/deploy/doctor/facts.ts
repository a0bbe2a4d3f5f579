/** What the doctor asks a host beside `HostState`: plain output of commands, in named parts, which the checks read. */

export interface Facts {
  /** Output without white space around it; undefined when it could not be had. */
  part(name: string): string | undefined;
  /** Lines of a part; none when it could not be had. */
  lines(name: string): readonly string[];
  /** `KEY=VALUE` or `KEY:VALUE` lines of a part. */
  values(name: string): ReadonlyMap<string, string>;
}

export function factsFrom(parts: Readonly<Record<string, string>>): Facts {
  const part = (name: string): string | undefined => parts[name]?.trim();
  const lines = (name: string): readonly string[] => (part(name) ?? "").split("\n").filter((line) => line !== "");
  return {
    part,
    lines,
    values: (name) =>
      new Map(
        lines(name).flatMap((line) => {
          const match = /^([^=:]+)[=:]\s*(.*)$/.exec(line);
          return match?.[1] === undefined ? [] : [[match[1].trim(), match[2] ?? ""] as const];
        }),
      ),
  };
}

/**
 * Splits output into its parts.
 * @param mark the random word that begins the line with a part's name, so that no output can look like one
 */
export function splitParts(output: string, mark: string): Readonly<Record<string, string>> {
  const parts: Record<string, string> = {};
  let name: string | undefined;
  for (const line of output.split("\n")) {
    if (line.startsWith(`${mark} `)) {
      name = line.slice(mark.length + 1).trim();
      parts[name] = "";
    } else if (name !== undefined) parts[name] += `${line}\n`;
  }
  return parts;
}
