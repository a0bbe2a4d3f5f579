/**
 * The folder of a build on its way to the engine, made anew entry by entry. Podman unpacks it on the host as the account: a file
 * below a link would be written where the link leads, and a hard link takes in what lies there.
 */
import { posix } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, type Header, type Pack, pack } from "tar-stream";
import { messageOf } from "../../kernel/index.ts";
import { quoted } from "../check-container.ts";
import { Refusal } from "../refusal.ts";

export interface ContextOptions {
  /** Path of the Containerfile in the folder. */
  readonly file: string;
  /** The Containerfile to send in its place, when all else has come. @throws Refusal */
  finish(text: string, names: ContextNames): Promise<string>;
  /** Milliseconds in which all must have come. */
  readonly longestMs: number;
}

type Extract = ReturnType<typeof extract>;
type Entry = Extract extends AsyncIterable<infer T> ? T : never;

/** Bytes of a Containerfile. */
const LONGEST_FILE = 1024 * 1024;
const MOST_ENTRIES = 500_000;
const LONGEST_NAME = 4096;
/** Builders read them on the host, where a link would lead away. */
const READ_BY_BUILDERS = new Set([".dockerignore", ".containerignore"]);

/** @param source an uncompressed tar @returns a tar; destroyed with a Refusal for what is none of a folder's */
export function remadeContext(source: Readable, options: ContextOptions): Readable {
  const out = pack();
  const read = extract();
  let ended = false;
  const end = (error: unknown) => {
    ended = true;
    const why = error instanceof Error ? error : new Error("the folder could not be read", { cause: error });
    read.destroy(why);
    out.destroy(why);
  };
  // Who reads them hears of it as well; without somebody who listens it would end the process.
  read.on("error", (error) => {
    if (!ended) end(new Refusal(`the folder to build is no whole tar: ${messageOf(error)}`));
  });
  out.on("error", end);
  const late = setTimeout(() => end(new Refusal("the folder to build did not come in time")), options.longestMs);
  void feed(source, read)
    .catch(end)
    .finally(() => clearTimeout(late));
  void remake(read, out, options).catch(end);
  return Readable.from(out);
}

/** What a folder has, and where links are in it. */
export class ContextNames {
  readonly #kinds = new Map<string, "file" | "directory" | "link">();

  /** @throws Refusal when the entry would lead out of the folder, or stands there twice */
  add({ name, type, linkname }: Header): string {
    const path = plainPath(name);
    if (path === "") return path;
    const kind = kindOf(name, type);
    const present = this.#kinds.get(path);
    if (present !== undefined && !(present === "directory" && kind === "directory"))
      throw new Refusal(`the folder has ${quoted(path)} twice`);
    if (this.#kinds.size >= MOST_ENTRIES) throw new Refusal("the folder has too many files");
    for (let above = posix.dirname(path); above !== "."; above = posix.dirname(above))
      if ((this.#kinds.get(above) ?? "directory") !== "directory")
        throw new Refusal(`the folder has ${quoted(path)} below a link or a file`);
    if (kind === "link" && READ_BY_BUILDERS.has(path)) throw new Refusal(`${quoted(path)} is a link`);
    if (type === "link" && this.#kinds.get(plainPath(linkname ?? "")) !== "file")
      throw new Refusal(`${quoted(path)} is a hard link to no file of the folder before it`);
    this.#kinds.set(path, kind);
    return path;
  }

  /** Whether a path is, or leads through, a link. */
  leadsAway(path: string): boolean {
    for (let each = path; each !== "." && each !== ""; each = posix.dirname(each))
      if (this.#kinds.get(each) === "link") return true;
    return false;
  }
}

function kindOf(name: string, type: Header["type"]): "file" | "directory" | "link" {
  if (type === "directory") return type;
  // A hard link has no content of its own; what it leads to is a file.
  if (type === "file" || type === "link") return "file";
  if (type === "symlink") return "link";
  throw new Refusal(`the folder has ${quoted(name)}, which is neither file, folder nor link`);
}

function plainPath(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || name.length > LONGEST_NAME || name.includes("\0") || parts.includes(".."))
    throw new Refusal(`the folder has ${quoted(name)}, which leads elsewhere`);
  return parts.join("/");
}

async function feed(source: Readable, read: Extract): Promise<void> {
  // The request stays open for the answer when reading ends early.
  for await (const bytes of source.iterator({ destroyOnReturn: false })) {
    if (read.destroyed) return;
    if (!read.write(bytes as Buffer))
      await new Promise<void>((go) => void read.once("drain", () => go()).once("close", () => go()));
  }
  read.end(undefined);
}

async function remake(read: Extract, out: Pack, { file, finish }: ContextOptions): Promise<void> {
  const names = new ContextNames();
  let text: string | undefined;
  for await (const entry of read) {
    const path = names.add(entry.header);
    if (path === "") entry.resume();
    else if (path !== file) await copy(entry, path, out);
    else if (entry.header.type !== "file" || (entry.header.size ?? 0) > LONGEST_FILE)
      throw new Refusal(`${quoted(file)} is no file, or too long`);
    else text = (await buffer(entry)).toString("utf8");
  }
  if (text === undefined) throw new Refusal(`the folder has no ${quoted(file)}`);
  out.entry({ name: file, mode: 0o644 }, await finish(text, names));
  out.finalize();
}

async function copy(entry: Entry, path: string, out: Pack): Promise<void> {
  const { type, mode = 0o644, size = 0, uid = 0, gid = 0, mtime, linkname } = entry.header;
  const link = type === "link" ? plainPath(linkname ?? "") : linkname;
  const header = { name: path, type, mode: mode & 0o7777, uid, gid, mtime, size: type === "file" ? size : 0 };
  const whole = Promise.withResolvers<void>();
  const sink = out.entry(link === undefined || link === null ? header : { ...header, linkname: link }, (error) => {
    if (error) whole.reject(error);
    else whole.resolve();
  });
  sink.on("error", whole.reject);
  if (type !== "file") entry.resume();
  await Promise.all([type === "file" ? pass(entry, sink) : undefined, whole.promise]);
}

async function pass(entry: Entry, sink: ReturnType<Pack["entry"]>): Promise<void> {
  for await (const bytes of entry)
    if (!sink.write(bytes))
      await new Promise<void>((go) => void sink.once("drain", () => go()).once("close", () => go()));
  sink.end(undefined);
}
