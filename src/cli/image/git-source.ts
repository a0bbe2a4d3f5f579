/** A folder out of a git repository, as `https://…/repo.git#REF:FOLDER` names it; fetched by the git of whoever calls. */
import { spawn } from "node:child_process";
import { lstat, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, sep } from "node:path";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";

export interface GitAddress {
  readonly url: string;
  /** Branch, tag or commit; undefined: what the repository calls its head. */
  readonly ref: string | undefined;
  /** Folder in the repository. */
  readonly folder: string;
  /** A repository of this host's. */
  readonly local: boolean;
}

/** @returns undefined when it is no address of a repository: then it is a folder. @throws HubError `usage` */
export function readGitAddress(text: string): GitAddress | undefined {
  const [url = "", fragment = ""] = splitFirst(text, "#");
  const local = isAbsolute(url) && url.endsWith(".git");
  const remote = /^(?:https:\/\/|ssh:\/\/)[^\s]+$/.test(url) || /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s]+$/.test(url);
  if (!local && !remote) {
    if (!/^[a-z+]+:\/\//.test(url)) return undefined;
    throw new HubError("usage", `${url} cannot be fetched. Name a folder, or a repository by https, ssh or git@HOST:.`);
  }
  const [ref = "", folder = ""] = splitFirst(fragment, ":");
  // What begins with a dash would be an option of git's.
  if (ref.startsWith("-") || /[\s\0\\^~?*[]|\.\.|@\{/.test(ref))
    throw new HubError("usage", `“${ref}” is no branch, tag or commit.`);
  if (isAbsolute(folder) || folder.split("/").includes(".."))
    throw new HubError("usage", `“${folder}” must be a folder inside the repository.`);
  return { url, ref: ref === "" ? undefined : ref, folder, local };
}

export interface Checkout {
  /** The folder that is built. */
  readonly folder: string;
  /** The commit it is at. */
  readonly commit: string;
  remove(): Promise<void>;
}

/**
 * Fetches one commit, without its history and without running anything of the repository's.
 * @throws HubError `packages-missing` without git, `command-failed` with git's words
 */
export async function checkOut(address: GitAddress, signal: AbortSignal): Promise<Checkout> {
  const place = await mkdtemp(join(tmpdir(), "hublet-build-"));
  const remove = (): Promise<void> => rm(place, { recursive: true, force: true });
  const git = (words: readonly string[]): Promise<string> => runGit(words, { cwd: place, address, signal });
  try {
    await git(["init", "--quiet", "--template=", "."]);
    await git(["fetch", "--quiet", "--depth=1", "--no-tags", "--", address.url, address.ref ?? "HEAD"]);
    await git(["checkout", "--quiet", "--detach", "FETCH_HEAD", "--"]);
    const commit = (await git(["rev-parse", "HEAD"])).trim();
    return { folder: await insideOf(place, address.folder), commit, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A link in the repository may lead anywhere. @throws HubError `usage` */
async function insideOf(place: string, folder: string): Promise<string> {
  const path = await realpath(join(place, folder)).catch(() => undefined);
  const root = await realpath(place);
  if (path === undefined || (path !== root && !path.startsWith(root + sep)) || !(await lstat(path)).isDirectory())
    throw new HubError("usage", `There is no folder “${folder}” in the repository.`);
  await rm(join(place, ".git"), { recursive: true, force: true });
  return path;
}

async function runGit(
  words: readonly string[],
  { cwd, address, signal }: { readonly cwd: string; readonly address: GitAddress; readonly signal: AbortSignal },
): Promise<string> {
  const allowed = address.local ? "file" : "https:ssh";
  const settings = [
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    "core.symlinks=true",
    "submodule.recurse=false",
  ];
  const protocols = allowed.split(":").map((name) => `protocol.${name}.allow=always`);
  const argv = [...settings, ...protocols].flatMap((setting) => ["-c", setting]);
  const child = spawn("git", [...argv, ...words], {
    cwd,
    signal,
    // Nobody can answer git's questions here; what an agent or a helper knows is used.
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_ALLOW_PROTOCOL: allowed, GIT_DIR: undefined, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (systemCode(error) === "ENOENT")
      throw new HubError("packages-missing", "Fetching a repository needs git. Run: apt-get install git");
    throw new HubError("command-failed", `git could not be run: ${messageOf(error)}. Try “git --version”.`, {
      cause: error,
    });
  });
  if (code === 0) return out;
  const last = said.trim().split("\n").at(-1) ?? "";
  throw new HubError(
    "command-failed",
    `git could not fetch ${withoutPassword(address.url)}: ${withoutPassword(last)}. Check the address, the name after “#”, and that you may read it.`,
  );
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, "//");
}

function splitFirst(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}
