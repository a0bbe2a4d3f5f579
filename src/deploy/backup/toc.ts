/**
 * Reads a tar as it goes by and notes what is in it: one line of JSON for each entry, `[kind, path, span, skip, size, mode, uid, gid,
 * mtime, target]`. `span` is all of the entry in the tar with its headers and padding, so that any entry can be cut out; `skip` is
 * where its content begins, `size` how long that is. Positions are sums of spans, so that a change early in a tar changes few lines.
 * Formats: POSIX ustar and pax, and GNU's long names and sparse files.
 */
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";

const BLOCK = 512;
/** Longest pax header or long name that is believed. */
const MOST_HEADER = 1024 * 1024;

export type EntryKind = "file" | "sparse" | "folder" | "symlink" | "hardlink" | "other";
const KINDS = ["file", "sparse", "folder", "symlink", "hardlink", "other"] as const;

export interface TarEntry {
  readonly kind: EntryKind;
  /** Without `./` at its beginning and `/` at its end; `""` is the folder itself. */
  readonly path: string;
  readonly span: number;
  readonly skip: number;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Of links, as it is written there. */
  readonly target: string;
}

const lineSchema = z.tuple([
  ...[z.enum(KINDS), z.string(), z.number(), z.number(), z.number()],
  ...[z.number(), z.number(), z.number(), z.number(), z.string()],
] as [
  z.ZodEnum<{ [K in EntryKind]: K }>,
  z.ZodString,
  z.ZodNumber,
  z.ZodNumber,
  z.ZodNumber,
  z.ZodNumber,
  z.ZodNumber,
  z.ZodNumber,
  z.ZodNumber,
  z.ZodString,
]);

export function entryLine(entry: TarEntry): string {
  const { kind, path, span, skip, size, mode, uid, gid, mtime, target } = entry;
  return `${JSON.stringify([kind, path, span, skip, size, mode, uid, gid, mtime, target])}\n`;
}

export function parseEntryLine(line: string): TarEntry {
  const [kind, path, span, skip, size, mode, uid, gid, mtime, target] = lineSchema.parse(JSON.parse(line));
  return { kind, path, span, skip, size, mode, uid, gid, mtime, target };
}

interface Extra {
  path?: string;
  linkpath?: string;
  size?: number;
  mtime?: number;
  uid?: number;
  gid?: number;
  sparse?: boolean;
}

/** Passes a tar on piece by piece; `entries` of a piece are those that were complete with it. */
export class TarReader {
  readonly #onEntry: (entry: TarEntry) => void;
  /** Bytes of an unfinished header block or body that must be read. */
  #held: Buffer = Buffer.alloc(0);
  /** Bytes still to pass by unread. */
  #skipping = 0;
  /** Body of an extension header to come: its kind and padded length. */
  #body: { readonly type: string; readonly size: number; readonly padded: number } | undefined;
  #entry: Omit<TarEntry, "span"> | undefined;
  #bodyBytes = 0;
  #headers = 0;
  #extra: Extra = {};
  #sparseGoesOn = false;
  #zeros = 0;
  #extended = false;

  constructor(onEntry: (entry: TarEntry) => void) {
    this.#onEntry = onEntry;
  }

  /** The tar has pax headers. */
  get extended(): boolean {
    return this.#extended;
  }

  /** It ended as a tar does. */
  get complete(): boolean {
    return this.#zeros >= 2;
  }

  push(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#skipping > 0) {
        const passed = Math.min(this.#skipping, rest.length);
        this.#skipping -= passed;
        rest = rest.subarray(passed);
        continue;
      }
      const needed = this.#body?.padded ?? BLOCK;
      const taken = rest.subarray(0, needed - this.#held.length);
      rest = rest.subarray(taken.length);
      this.#held = this.#held.length === 0 ? taken : Buffer.concat([this.#held, taken]);
      if (this.#held.length < needed) {
        this.#held = Buffer.from(this.#held);
        return;
      }
      const block = this.#held;
      this.#held = Buffer.alloc(0);
      if (this.#body !== undefined) this.#readBody(block);
      else if (this.#sparseGoesOn) this.#readSparseBlock(block);
      else this.#readHeader(block);
    }
  }

  #readBody(block: Buffer): void {
    const body = this.#body;
    if (body === undefined) return;
    this.#body = undefined;
    this.#headers += block.length;
    const content = block.subarray(0, body.size);
    if (body.type === "L") this.#extra.path = cString(content);
    else if (body.type === "K") this.#extra.linkpath = cString(content);
    else if (body.type === "x") readPax(content, this.#extra);
  }

  /** GNU's old sparse files: more of the map in blocks of its own. */
  #readSparseBlock(block: Buffer): void {
    this.#headers += BLOCK;
    this.#sparseGoesOn = block[504] === 1;
    if (!this.#sparseGoesOn) this.#finishEntry();
  }

  #readHeader(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      this.#zeros += 1;
      return;
    }
    if (this.#zeros > 0) {
      // A single block of zeros is no end.
      if (this.#zeros >= 2) return;
      this.#zeros = 0;
    }
    checkSum(block);
    this.#headers += BLOCK;
    const type = String.fromCharCode(block[156] ?? 0);
    const size = numberAt(block, 124, 12);
    if ("LKxg".includes(type)) {
      if (type === "x" || type === "g") this.#extended = true;
      if (size > MOST_HEADER) throw damaged("a header is too long");
      if (size > 0) this.#body = { type, size, padded: padded(size) };
      return;
    }
    const extra = this.#extra;
    const prefix = block.toString("latin1", 257, 262) === "ustar" && block[263] === 0x30 ? textAt(block, 345, 155) : "";
    const name = textAt(block, 0, 100);
    const bytes = extra.size ?? size;
    const hasBody = !"123456".includes(type);
    this.#bodyBytes = hasBody ? padded(bytes) : 0;
    this.#entry = {
      kind: kindOf(type, extra.sparse === true, name),
      path: plainPath(extra.path ?? (prefix === "" ? name : `${prefix}/${name}`)),
      skip: 0,
      size: hasBody ? bytes : 0,
      mode: numberAt(block, 100, 8) & 0o7777,
      uid: extra.uid ?? numberAt(block, 108, 8),
      gid: extra.gid ?? numberAt(block, 116, 8),
      mtime: extra.mtime ?? numberAt(block, 136, 12),
      target: type === "1" || type === "2" ? (extra.linkpath ?? textAt(block, 157, 100)) : "",
    };
    this.#sparseGoesOn = type === "S" && block[482] === 1;
    if (!this.#sparseGoesOn) this.#finishEntry();
  }

  #finishEntry(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#onEntry({ ...entry, skip: this.#headers, span: this.#headers + this.#bodyBytes });
    this.#skipping = this.#bodyBytes;
    this.#entry = undefined;
    this.#headers = 0;
    this.#extra = {};
  }
}

function kindOf(type: string, sparse: boolean, name: string): EntryKind {
  if (type === "S" || sparse) return "sparse";
  if (type === "0" || type === "\0" || type === "7") return name.endsWith("/") ? "folder" : "file";
  return type === "5" ? "folder" : type === "2" ? "symlink" : type === "1" ? "hardlink" : "other";
}

/** Records of “LENGTH KEY=VALUE\n” (POSIX, pax Extended Header). */
function readPax(content: Buffer, extra: Extra): void {
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString("latin1", at, space));
    if (space < 0 || !Number.isInteger(length) || length <= 0 || at + length > content.length)
      throw damaged("a pax header cannot be read");
    const record = content.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path") extra.path ??= value;
    else if (key === "linkpath") extra.linkpath = value;
    else if (key === "size") extra.size = Number(value);
    else if (key === "mtime") extra.mtime = Math.floor(Number(value));
    else if (key === "uid") extra.uid = Number(value);
    else if (key === "gid") extra.gid = Number(value);
    else if (key === "GNU.sparse.major" || key === "GNU.sparse.map") extra.sparse = true;
    // The header's own name is a made-up one then.
    else if (key === "GNU.sparse.name") extra.path = value;
    at += length;
  }
}

/** Octal text, or GNU's base-256 for what is too large. */
function numberAt(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) {
    let value = (block[at] ?? 0) & 0x7f;
    for (let n = at + 1; n < at + length; n++) value = value * 256 + (block[n] ?? 0);
    return value;
  }
  return (
    Number.parseInt(
      block
        .toString("latin1", at, at + length)
        .split("\0", 1)[0]
        ?.trim() ?? "",
      8,
    ) || 0
  );
}

function textAt(block: Buffer, at: number, length: number): string {
  return cString(block.subarray(at, at + length));
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

export function plainPath(path: string): string {
  return path
    .replace(/^(\.?\/)+/, "")
    .replace(/\/+$/, "")
    .replace(/^\.$/, "");
}

/** The sum of all bytes, its own field taken as spaces. */
function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let n = 0; n < BLOCK; n++) if (n < 148 || n >= 156) sum += block[n] ?? 0;
  if (sum !== numberAt(block, 148, 8)) throw damaged("the checksum of a header is wrong");
}

function damaged(why: string): HubError {
  return new HubError("command-failed", `What tar gave is no tar: ${why}. Try again; the engine's log may tell more.`);
}
