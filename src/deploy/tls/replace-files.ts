/** Writes files that belong together, so that who watches them sees the old ones or the new ones. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";

export interface NewFile {
  readonly path: string;
  readonly text: string;
  /** Nobody but its owner and group may read it. */
  readonly secret: boolean;
  /** Written by root: the group that may read it (mode 0640). A file that is there keeps owner, group and mode. */
  readonly group?: number | undefined;
}

/**
 * Everything is written beside its place first and renamed then, one right after the other. When a rename fails, those
 * before it are taken back.
 * @throws HubError `state-unusable`; nothing is changed then
 */
export function replaceFiles(files: readonly NewFile[]): void {
  const done: { readonly path: string; readonly old: Buffer | undefined; readonly like: Stats | undefined }[] = [];
  const prepared: { readonly path: string; readonly next: string }[] = [];
  try {
    for (const file of files) prepared.push(prepare(file));
    for (const { path, next } of prepared) {
      const like = found(path);
      const old = like === undefined ? undefined : readFileSync(path);
      renameSync(next, path);
      done.push({ path, old, like });
    }
  } catch (error) {
    for (const { path, old, like } of done.toReversed()) takeBack(path, old, like);
    for (const { next } of prepared) rmSync(next, { force: true });
    throw new HubError(
      "state-unusable",
      `${files.map(({ path }) => path).join(", ")} cannot be written: ${messageOf(error)}. Nothing was changed.`,
      { cause: error },
    );
  }
}

function prepare({ path: named, text, secret, group }: NewFile): { readonly path: string; readonly next: string } {
  mkdirSync(dirname(named), { recursive: true, mode: 0o755 });
  const like = found(named);
  // A link keeps leading where it leads.
  const path = like === undefined ? named : realpathSync(named);
  const next = `${path}.new`;
  rmSync(next, { force: true });
  writeFileSync(next, text, { mode: 0o600, flag: "wx" });
  if (like !== undefined) {
    giveTo(next, like);
    chmodSync(next, like.mode & (secret ? 0o770 : 0o777));
  } else if (group !== undefined) {
    chownSync(next, 0, group);
    chmodSync(next, 0o640);
  } else chmodSync(next, secret ? 0o600 : 0o644);
  return { path, next };
}

function takeBack(path: string, old: Buffer | undefined, like: Stats | undefined): void {
  if (old === undefined || like === undefined) rmSync(path, { force: true });
  else {
    writeFileSync(path, old);
    giveTo(path, like);
  }
}

/** Only root can give files away; others write their own. */
function giveTo(path: string, { uid, gid }: Stats): void {
  if (process.geteuid?.() === 0) chownSync(path, uid, gid);
}

function found(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
