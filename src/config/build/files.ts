/** Reads the configuration file and what it includes, as one thing that is said. */
import { basename, dirname, resolve } from "node:path";
import { type Problem, problemAt } from "../diagnostics.ts";
import { emptyMap } from "../parse.ts";
import type { Place } from "../snapshot.ts";
import type { FileReader } from "../sources/reader.ts";
import { decode } from "../sources/utf8.ts";
import { find, type Located, type LocatedMap } from "../text/located.ts";
import { merge } from "../text/merge.ts";
import { readYaml } from "../text/yaml.ts";

/**
 * The hub answers nobody while it parses, and garbage takes the parser ten times as long as a configuration. Ten
 * thousand people in two hundred groups fit into one file; more go into several (`include`) or into a users file.
 */
const MAX_BYTES = 768 * 1024;

export interface WrittenConfig {
  /** Undefined when the main file says nothing that could be checked. */
  readonly written: Located | undefined;
  /** Some of the files could not be understood: what others refer to may stand there. */
  readonly partial: boolean;
  readonly problems: readonly Problem[];
}

/** @param text of the main file, when it is not to be read */
export function readFiles(file: string, reader: FileReader, text?: string): WrittenConfig {
  const problems: Problem[] = [];
  const main = text === undefined ? textOf(file, undefined, reader, problems) : text;
  const first = main === undefined ? undefined : nodeOf(main, file, problems);
  if (first === undefined) return { written: undefined, partial: true, problems };
  let written = first;
  let partial = false;
  for (const included of includedFiles(file, first, reader, problems)) {
    const more = textOf(included.path, included.place, reader, problems);
    const node = more === undefined ? undefined : nodeOf(more, included.path, problems);
    if (node === undefined) partial = true;
    else written = merge(written, withoutInclude(node, problems), problems);
  }
  return { written, partial, problems };
}

function textOf(file: string, namedAt: Place | undefined, reader: FileReader, problems: Problem[]): string | undefined {
  const result = reader.read(file, { keep: true, limit: MAX_BYTES });
  if (!("bytes" in result)) {
    problems.push(
      namedAt === undefined
        ? { file, path: "", message: `the file ${result.why}` }
        : problemAt(namedAt, "include", `${file} ${result.why}`),
    );
    return undefined;
  }
  const decoded = decode(result.bytes, file);
  if ("text" in decoded) return decoded.text;
  problems.push(decoded.problem);
  return undefined;
}

function nodeOf(text: string, file: string, problems: Problem[]): Located | undefined {
  const yaml = readYaml(text, file);
  problems.push(...yaml.problems);
  return yaml.problems.length > 0 ? undefined : (yaml.node ?? emptyMap(file));
}

interface Included {
  readonly path: string;
  readonly place: Place;
}

/** In the order they are named, the files of a folder by their names; mistakes of `include` itself are the schema's. */
function includedFiles(file: string, node: Located, reader: FileReader, problems: Problem[]): readonly Included[] {
  const include = find(node, ["include"]);
  const entries = include === undefined ? [] : include.kind === "list" ? include.items : [include];
  const found = new Map<string, Included>();
  for (const entry of entries) {
    if (entry.kind !== "scalar" || typeof entry.value !== "string" || entry.value === "") continue;
    const path = resolve(dirname(file), entry.value);
    const names = reader.list(path);
    const paths = names === undefined ? [path] : names.filter(isConfigName).map((name) => resolve(path, name));
    for (const each of paths) {
      if (found.has(each) || each === resolve(file))
        problems.push(problemAt(entry.place, "include", `${each} is included already`));
      else found.set(each, { path: each, place: entry.place });
    }
  }
  return [...found.values()];
}

/** Hidden files are what editors leave. */
function isConfigName(name: string): boolean {
  return name.endsWith(".yaml") && !basename(name).startsWith(".");
}

function withoutInclude(node: Located, problems: Problem[]): Located {
  if (node.kind !== "map") return node;
  const include = node.entries.get("include");
  if (include === undefined) return node;
  problems.push(
    problemAt(include.keyPlace, "include", "a file that is included cannot include others; name them in the main file"),
  );
  const entries = new Map([...node.entries].filter(([key]) => key !== "include"));
  return { ...node, entries } satisfies LocatedMap;
}
