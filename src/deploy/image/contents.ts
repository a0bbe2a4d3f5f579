/** What lies where in the images. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HubError } from "../../kernel/index.ts";
import type { LockedPackage } from "../lockfile.ts";
import {
  type ContentEntry,
  contentEntry,
  type Entry,
  type FileEntry,
  fileEntry,
  folderEntries,
  textEntry,
} from "./entries.ts";
import { librariesOf } from "./libraries.ts";

export interface BaseLayer {
  readonly entries: readonly Entry[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The same for both images, so that a host keeps it once. */
export async function baseLayer(
  root: string,
  node: LockedPackage,
  packages: readonly LockedPackage[],
): Promise<BaseLayer> {
  const binary = join(root, node.folder, "bin/node");
  const native = await Promise.all(packages.filter(isNative).map(({ folder }) => addonsOf(join(root, folder))));
  const libraries = await librariesOf([binary, ...native.flat()]);
  const folder = (path: string, mode = 0o755): Entry => ({ kind: "folder", path, mode });
  const contents = await Promise.all(libraries.map((path) => libraryEntry(path)));
  return {
    entries: [
      await fileEntry(binary, "node"),
      ...contents,
      textEntry("etc/passwd", "root:x:0:0:root:/tmp:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"),
      textEntry("etc/group", "root:x:0:\nnobody:x:65534:\n"),
      textEntry("etc/nsswitch.conf", "hosts: files dns\n"),
      folder("tmp", 0o1777),
      ...["dev", "proc", "run", "sys", "var/tmp"].map((path) => folder(path)),
    ],
    environment: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: "/tmp",
      NODE_ENV: "production",
      // The loader knows the usual folders; a distribution may have set up others.
      LD_LIBRARY_PATH: [...new Set(libraries.map((path) => dirname(path)))].sort().join(":"),
    },
  };
}

/** The loader asks for the name, whatever file it leads to. */
async function libraryEntry(path: string): Promise<ContentEntry> {
  return { kind: "content", path: path.slice(1), content: await readFile(path), executable: true };
}

export async function hubEntries(root: string): Promise<readonly ContentEntry[]> {
  const found = await Promise.all([
    folderEntries(join(root, "src"), "app/src", isProgram),
    // `.sources` is a mark of the builder, with times in it.
    folderEntries(join(root, "web/dist"), "app/web/dist", (name) => !name.startsWith(".")),
    fileEntry(join(root, "package.json"), "app/package.json"),
  ]);
  return await read(found.flat());
}

export async function proxyEntries(root: string, files: readonly string[]): Promise<readonly ContentEntry[]> {
  const found = await Promise.all(files.map((file) => fileEntry(join(root, file), `app/${file}`)));
  // Without the version: a new one alone changes nothing for the proxy.
  return [...(await read(found)), textEntry("app/package.json", '{"type":"module"}\n')];
}

async function read(files: readonly FileEntry[]): Promise<readonly ContentEntry[]> {
  return await Promise.all(files.map((file) => contentEntry(file)));
}

function isProgram(name: string, kind: "file" | "folder"): boolean {
  return kind === "folder" ? name !== "test-support" : !/\.(test|fixture)\.tsx?$/.test(name);
}

/** What a package brings for reading and for editors stays here. */
function isCode(name: string, kind: "file" | "folder"): boolean {
  return kind === "folder"
    ? name !== "node_modules" && name !== ".github"
    : !/(\.d\.[cm]?ts|\.map|\.md|\.markdown|\.tsbuildinfo)$/.test(name);
}

export async function packageEntries(root: string, folder: string): Promise<readonly FileEntry[]> {
  return await folderEntries(join(root, folder), `app/${folder}`, isCode).catch((cause: unknown) => {
    throw missing(`package ${folder}`, `Run “npm ci --ignore-scripts” in ${root}.`, cause);
  });
}

/** Compiled for one processor, as its own package. */
function isNative(found: LockedPackage): boolean {
  return found.cpu !== undefined;
}

async function addonsOf(folder: string): Promise<string[]> {
  const entries = await folderEntries(folder, "", (name, kind) => kind === "folder" || name.endsWith(".node")).catch(
    (cause: unknown) => {
      throw missing(`package ${folder}`, "Run “npm ci --ignore-scripts”.", cause);
    },
  );
  return entries.map(({ source }) => source);
}

/** A part of the program that should be here. */
export function missing(what: string, todo: string, cause?: unknown): HubError {
  return new HubError("state-unusable", `The images cannot be made: there is no ${what} here. ${todo}`, { cause });
}
