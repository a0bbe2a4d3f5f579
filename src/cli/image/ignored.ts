/** What `.containerignore` and `.dockerignore` leave out (the patterns of Docker's and Podman's builders). */

export interface Ignored {
  /** @param path below the folder, with “/” between its parts */
  matches(path: string): boolean;
  /** A later line begins with “!” and takes something back. */
  readonly hasExceptions: boolean;
}

interface Rule {
  readonly pattern: RegExp;
  readonly back: boolean;
}

/** The last rule that fits a path, or a folder above it, decides. */
export function readIgnored(text: string): Ignored {
  const rules: Rule[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const back = line.startsWith("!");
    const pattern = (back ? line.slice(1) : line)
      .trim()
      .replace(/^(?:\.?\/)+/, "")
      .replace(/\/+$/, "");
    if (pattern !== "" && pattern !== ".") rules.push({ pattern: expressionOf(pattern), back });
  }
  return {
    hasExceptions: rules.some(({ back }) => back),
    matches(path) {
      let ignored = false;
      for (const { pattern, back } of rules) if (ignored === back && pattern.test(path)) ignored = !back;
      return ignored;
    },
  };
}

/** `*` within a part, `**` over any number of them, `?` one character, `[a-z]` a class; also all below what it fits. */
function expressionOf(pattern: string): RegExp {
  let text = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at);
    const set = /^\[(\^?)([^\]/\\]+)\]/.exec(rest);
    if (rest.startsWith("**/")) {
      text += "(?:[^/]+/)*";
      at += 2;
    } else if (rest.startsWith("**")) {
      text += ".*";
      at += 1;
    } else if (rest.startsWith("*")) text += "[^/]*";
    else if (rest.startsWith("?")) text += "[^/]";
    else if (set !== null) {
      text += `[${set[1] ?? ""}${(set[2] ?? "").replaceAll("[", "\\[")}]`;
      at += set[0].length - 1;
    } else {
      const escaped = rest.startsWith("\\") && rest.length > 1;
      text += (escaped ? rest.slice(1, 2) : rest.slice(0, 1)).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
      if (escaped) at += 1;
    }
  }
  return new RegExp(`^${text}(?:/.*)?$`, "s");
}
