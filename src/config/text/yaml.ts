/** The text of one YAML file → what it says with places, or every mistake of its form with line and column. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { messageOf } from "../../kernel/index.ts";
import { type Problem, problemAt } from "../diagnostics.ts";
import type { Place } from "../snapshot.ts";
import { type Located, type LocatedEntry, sizeOf } from "./located.ts";

/** Deeper than any configuration needs. */
const MAX_DEPTH = 40;
/** A parser's time grows with a line's length; nobody reads longer ones either. */
const MAX_LINE = 20_000;
const MAX_LINES = 50_000;
/** Depth is what a parser's time grows with most. */
const MAX_OPEN = 200;
/** What aliases may make of a small file. */
const MAX_EXPANDED = 50_000;

export interface YamlText {
  /** Undefined when the text says nothing, or when it has problems. */
  readonly node: Located | undefined;
  readonly problems: readonly Problem[];
}

/** @param file for places only */
export function readYaml(text: string, file: string): YamlText {
  const garbled = unreadable(text, file);
  if (garbled !== undefined) return { node: undefined, problems: [garbled] };
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Duplicate keys are found below: the library compares each key with each other, which takes minutes for a long map.
  const options = {
    lineCounter: lines,
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: "error",
  } as const;
  let document: Document.Parsed;
  try {
    document = parseDocument(text, options);
  } catch (error) {
    const message = error instanceof RangeError ? "it is nested too deeply" : messageOf(error);
    return { node: undefined, problems: [{ file, line: 1, column: 1, path: "", message }] };
  }
  const malformed = [...document.errors, ...document.warnings].slice(0, 200);
  if (malformed.length > 0)
    return {
      node: undefined,
      problems: malformed.map((error) => problemAt(placeAt(error.pos[0]), "", formMessage(error.message))),
    };
  const reading = new Reading(document, placeAt);
  const contents = document.contents;
  const node =
    contents === null || (isScalar(contents) && contents.value === null) ? undefined : reading.node(contents, [], 0);
  if (reading.problems.length > 0) return { node: undefined, problems: reading.problems };
  if (node !== undefined && sizeOf(node) > Math.max(MAX_EXPANDED, 4 * reading.count)) {
    const message = "its aliases (*name) repeat so much that it cannot be read; write it out";
    return { node: undefined, problems: [problemAt(node.place, "", message)] };
  }
  return { node, problems: [] };
}

/** One pass over a parsed document. */
class Reading {
  readonly problems: Problem[] = [];
  count = 0;
  readonly #document: Document.Parsed;
  readonly #placeAt: (offset: number) => Place;
  /** Nodes with anchors that are done, or `undefined` while they are being read: those refer to themselves. */
  readonly #read = new Map<Node, Located | undefined>();

  constructor(document: Document.Parsed, placeAt: (offset: number) => Place) {
    this.#document = document;
    this.#placeAt = placeAt;
  }

  node(node: Node, path: readonly string[], depth: number): Located {
    this.count++;
    const place = this.#placeAt(node.range?.[0] ?? 0);
    if (depth > MAX_DEPTH) return this.#wrong(place, path, "it is nested too deeply");
    if (isAlias(node)) return this.#alias(node, place, path);
    this.#read.set(node, undefined);
    const located = this.#plain(node, place, path, depth);
    this.#read.set(node, located);
    return located;
  }

  #plain(node: Node, place: Place, path: readonly string[], depth: number): Located {
    if (isMap(node))
      return { kind: "map", place, entries: this.#entries(node as YAMLMap<Node, Node | null>, path, depth) };
    if (isSeq(node)) {
      const items = (node.items as (Node | null)[]).map((item, index) =>
        item === null ? nothing(place) : this.node(item, [...path, String(index)], depth + 1),
      );
      return { kind: "list", place, items };
    }
    if (isScalar(node)) {
      const { value } = node;
      if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
        return { kind: "scalar", place, value };
    }
    return this.#wrong(place, path, "this kind of value is not used in a configuration");
  }

  #entries(map: YAMLMap<Node, Node | null>, path: readonly string[], depth: number): Map<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of map.items) {
      const keyPlace = this.#placeAt(key.range?.[0] ?? map.range?.[0] ?? 0);
      const name = isScalar(key) && key.value !== null ? String(key.source ?? key.value) : undefined;
      if (name === undefined || name === "__proto__") {
        this.#wrong(keyPlace, path, "a key must be a simple text");
        continue;
      }
      const before = entries.get(name);
      if (before !== undefined) {
        this.#wrong(
          keyPlace,
          [...path, name],
          `this key is here twice; the first is on line ${before.keyPlace.line}. Keys must be unique`,
        );
        continue;
      }
      const node = value === null ? nothing(keyPlace) : this.node(value, [...path, name], depth + 1);
      // What begins on the next line is found by its key.
      const flow = value !== null && "flow" in value && value.flow === true;
      const shown = node.kind === "scalar" || flow ? node : { ...node, place: keyPlace };
      entries.set(name, { keyPlace, node: shown });
    }
    return entries;
  }

  #alias(alias: Alias, place: Place, path: readonly string[]): Located {
    const target = alias.resolve(this.#document);
    const located = target === undefined ? undefined : this.#read.get(target);
    return located ?? this.#wrong(place, path, `the alias *${alias.source} leads nowhere, or to what it is part of`);
  }

  #wrong(place: Place, path: readonly string[], message: string): Located {
    this.problems.push(problemAt(place, path, message));
    return nothing(place);
  }
}

function nothing(place: Place): Located {
  return { kind: "scalar", place, value: null };
}

/** What is no text that a person wrote is told in one sentence, before the parser tells it in thousands. */
function unreadable(text: string, file: string): Problem | undefined {
  const control = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/u.exec(text);
  if (control !== null) {
    const before = text.slice(0, control.index).split("\n");
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const name = control[0] === "\0" ? "a NUL character" : "a control character";
    return problemAt(place, "", `there is ${name}: this is no text file, or not one in UTF-8`);
  }
  let start = 0;
  let open = 0;
  for (let line = 1; start <= text.length; line++) {
    if (line > MAX_LINES) return problemAt({ file, line, column: 1 }, "", `there are more than ${MAX_LINES} lines`);
    const end = text.indexOf("\n", start);
    const length = (end === -1 ? text.length : end) - start;
    if (length > MAX_LINE) {
      const message = `the line has ${length} characters, more than ${MAX_LINE}; write long lists with one item on each line`;
      return { file, line, column: 1, path: "", message };
    }
    open += openBrackets(text, start, start + length);
    if (Math.abs(open) > MAX_OPEN) {
      const message = `here, more than ${MAX_OPEN} brackets are not closed, or were not opened`;
      return problemAt({ file, line, column: 1 }, "", message);
    }
    if (end === -1) break;
    start = end + 1;
  }
  return undefined;
}

/** Opening brackets less closing ones; also those in texts, which come in pairs or are few. */
function openBrackets(text: string, from: number, to: number): number {
  let open = 0;
  for (let index = from; index < to; index++) {
    const character = text[index];
    if (character === "#") return open;
    if (character === "[" || character === "{") open++;
    else if (character === "]" || character === "}") open--;
  }
  return open;
}

/** The parser's words, where they are riddles. */
function formMessage(message: string): string {
  if (message.includes("Maximum call stack")) return "it is nested too deeply";
  if (message.includes("multiple documents"))
    return "there is a second document (“---”); a configuration is one document";
  return message.charAt(0).toLowerCase() + message.slice(1);
}
