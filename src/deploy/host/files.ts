/** Reading, writing and removing files of a host: each a fixed script, which gets paths and contents by its standard input. */
import { dirname } from "node:path";
import { Readable, Writable } from "node:stream";
import { pack } from "tar-stream";
import { HubError } from "../../kernel/index.ts";
import type { RunResult } from "../run.ts";
import type { HostFile, HostRunOptions, HostUser } from "./port.ts";

export interface FileAccess {
  readonly run: (argv: readonly string[], options?: HostRunOptions) => Promise<RunResult>;
  /** A folder of root alone, on the host. */
  readonly stage: string;
  /** Of the host. */
  readonly name: string;
}

/** What the scripts say when a path is refused: their last words, after which they end with this code. */
const REFUSED = 77;

/** `root=yes` refuses what another account could have put in the way of root. A missing folder is made, or ends the check. */
const CHECK = `
set -eu
umask 077
refuse() {
  echo "$1" >&2
  exit ${REFUSED}
}
check() {
  if [ -L "$1" ]; then
    [ "$root" = no ] || refuse "$1 is a link"
  elif [ ! -e "$1" ]; then
    if [ "$make" = no ]; then return; fi
    mkdir -m 0755 -- "$1"
  fi
  [ -d "$1" ] || refuse "$1 is no folder"
  [ "$root" = yes ] || return 0
  set -- "$1" $(stat -c '%u %a' -- "$1")
  [ "$2" = 0 ] || refuse "$1 belongs to another account"
  case $3 in *[2367] | *[2367]?) refuse "other accounts may write to $1" ;; esac
}
`;

/** Arguments: yes or no for root, the folder for what is on its way. Input: tar with the files as numbers and \`list\` last. */
const WRITE = `${CHECK}
root=$1
make=yes
stage=$(mktemp -d "$2/hublet-XXXXXXXX")
trap 'rm -rf "$stage"' EXIT
trap 'exit 143' HUP INT TERM
tar -xof - -C "$stage"
# The list comes last: an input that was cut off has none.
[ -f "$stage/list" ] || refuse "the files did not arrive whole"
place() {
  new="\${path%/*}/.hublet-new.\${path##*/}"
}
while IFS= read -r kind; do
  IFS= read -r path
  if [ "$kind" = folder ]; then
    check "$path"
    continue
  fi
  IFS= read -r mode
  IFS= read -r uid
  IFS= read -r gid
  place
  [ ! -d "$path" ] || [ -L "$path" ] || refuse "$path is a folder"
  rm -f -- "$new"
  if [ "$root" = yes ]; then
    install -m "$mode" -o "$uid" -g "$gid" -- "$stage/$kind" "$new"
  else
    install -m "$mode" -- "$stage/$kind" "$new"
  fi
done < "$stage/list"
while IFS= read -r kind; do
  IFS= read -r path
  if [ "$kind" = folder ]; then continue; fi
  IFS= read -r mode
  IFS= read -r uid
  IFS= read -r gid
  place
  mv -fT -- "$new" "$path"
done < "$stage/list"
`;

/** Arguments: yes or no for root, -rf or -f. Input: lines \`folder\` or \`remove\`, each with a path on the next. */
const REMOVE = `${CHECK}
root=$1
how=$2
make=no
while IFS= read -r kind; do
  IFS= read -r path
  if [ "$kind" = folder ]; then check "$path"; continue; fi
  if [ "$how" = tree ]; then rm -rf --one-file-system -- "$path"; else rm -f -- "$path"; fi
done
`;

const READ = `
[ -e "$1" ] || [ -L "$1" ] || exit 44
exec dd if="$1" iflag=nofollow,nonblock bs=65536 status=none
`;

/** @throws HubError `command-failed` */
export async function readHostFile(host: FileAccess, path: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const result = await host.run(["sh", "-c", READ, "sh", checked(path)], { output });
  if (result.code === 44) return undefined;
  if (result.code === 0) return Buffer.concat(chunks);
  throw new HubError("command-failed", `${path} on ${host.name} cannot be read: ${result.stderr.trim()}`);
}

/** @throws HubError `host-unsuitable` for a path that root must not write to, `command-failed` */
export async function writeHostFiles(
  host: FileAccess,
  files: readonly HostFile[],
  as: HostUser | undefined,
): Promise<void> {
  if (files.length === 0) return;
  const archive = pack();
  for (const [index, file] of files.entries()) archive.entry({ name: String(index), mode: 0o600 }, file.content);
  const folders = foldersOf(files.map((file) => file.path)).flatMap((folder) => ["folder", folder]);
  const entries = files.flatMap((file, index) => [
    ...[String(index), file.path, file.mode.toString(8)],
    ...[String(file.owner?.uid ?? 0), String(file.owner?.gid ?? 0)],
  ]);
  archive.entry({ name: "list", mode: 0o600 }, `${[...folders, ...entries].join("\n")}\n`);
  archive.finalize();
  const stage = as === undefined ? host.stage : as.home;
  const result = await host.run(["sh", "-c", WRITE, "sh", as === undefined ? "yes" : "no", stage], {
    input: Readable.from(archive),
    ...(as === undefined ? {} : { as }),
  });
  if (result.code !== 0)
    throw failure(
      host,
      result,
      "written",
      files.map((file) => file.path),
    );
}

/** @throws HubError `host-unsuitable` for a path that root must not touch, `command-failed` */
export async function removeHostPaths(
  host: FileAccess,
  paths: readonly string[],
  options: { readonly tree?: boolean; readonly as?: HostUser },
): Promise<void> {
  if (paths.length === 0) return;
  const { as } = options;
  if (options.tree === true && paths.some((path) => path.split("/").length < 3))
    throw new TypeError("a folder right below / is never removed with all that is in it");
  const folders = foldersOf(paths).flatMap((folder) => ["folder", folder]);
  const input = `${[...folders, ...paths.flatMap((path) => ["remove", path])].join("\n")}\n`;
  const how = options.tree === true ? "tree" : "file";
  const result = await host.run(["sh", "-c", REMOVE, "sh", as === undefined ? "yes" : "no", how], {
    input,
    timeout: 30 * 60_000,
    ...(as === undefined ? {} : { as }),
  });
  if (result.code !== 0) throw failure(host, result, "removed", paths);
}

function failure(host: FileAccess, result: RunResult, done: string, paths: readonly string[]): HubError {
  const said = result.stderr.trim().slice(-600);
  const what = paths.length === 1 ? `${paths[0]}` : `${paths[0]} and ${paths.length - 1} more`;
  if (result.code === REFUSED) {
    return new HubError(
      "host-unsuitable",
      `${what} cannot be ${done} on ${host.name}: ${said}. Root does not touch files where another account could put something in the way. Give that folder to root, mode 0755.`,
    );
  }
  return new HubError("command-failed", `${what} could not be ${done} on ${host.name}: ${said}`);
}

/** All folders on the way, the upper ones first, each once. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const way: string[] = [];
    for (let folder = dirname(checked(path)); folder !== "/"; folder = dirname(folder)) way.unshift(folder);
    for (const folder of way) folders.add(folder);
  }
  return [...folders].sort((a, b) => a.split("/").length - b.split("/").length);
}

/** Paths are the program's own; one that is not plain is a mistake of ours. */
function checked(path: string): string {
  const parts = path.split("/").slice(1);
  if (path.startsWith("/") && !/[\n\0]/.test(path) && parts.every((part) => !["", ".", ".."].includes(part)))
    return path;
  throw new TypeError(`“${path}” is no absolute path without detours`);
}
