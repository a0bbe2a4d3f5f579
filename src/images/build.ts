/** Builds the notebook image's root file system from the host's own Debian mirror, without root and without a registry. */
import { constants } from "node:fs";
import { access, chmod, chown, cp, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { ImportSettings } from "../drivers/index.ts";
import { HubError } from "../kernel/index.ts";
import { formatSource } from "./apt-sources.ts";
import { explainFailure } from "./build-failure.ts";
import { takeBuildLock } from "./build-lock.ts";
import { preparePlace } from "./build-place.ts";
import { type BuildAccount, endLeftBuilder, runBuilder } from "./build-process.ts";
import { type BuildProgress, createProgressReader } from "./build-progress.ts";
import { type CacheFolders, cacheName, findCached, store } from "./cache.ts";
import { type BuildSources, chooseSources, readHostSources } from "./host-sources.ts";
import { type NotebookRecipe, readRecipe } from "./recipe.ts";

export interface BuildOptions {
  readonly folders: CacheFolders;
  /** The engine's account; needed when the hub is root and the engine is not. */
  readonly account?: BuildAccount;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BuildProgress) => void;
}

export interface BuiltRoot {
  /** Uncompressed tar of the root file system. */
  readonly tar: string;
  readonly settings: ImportSettings;
  /** It was in the cache: nothing was built. */
  readonly cached: boolean;
}

/**
 * Gives the notebook's root file system, from the cache when it is there. Two callers, in one process or two, build once.
 * @throws HubError `image-build-failed`, `packages-missing`, `disk-full`; the signal's reason when aborted
 */
export async function buildNotebook(options: BuildOptions): Promise<BuiltRoot> {
  const { folders, signal, onProgress } = options;
  const recipe = await readRecipe();
  const host = await readHostSources();
  const sources = chooseSources(host.system, host.sources);
  const name = cacheName(sources.suite, recipe.digest);
  const found = (): Promise<string | undefined> => findCached(folders, name, signal, options.account?.uid);
  const before = await found();
  if (before !== undefined) return { tar: before, settings: recipe.settings, cached: true };
  await checkTools(options.account);
  await mkdir(folders.write, { recursive: true, mode: 0o755 });
  const lock = await takeBuildLock(folders.write, signal, (owner) =>
    onProgress({ phase: "waiting", message: `Another process (${owner.pid}) is building the notebook image` }),
  );
  try {
    // Another process may have finished it while this one waited.
    const meanwhile = await found();
    if (meanwhile !== undefined) return { tar: meanwhile, settings: recipe.settings, cached: true };
    return { tar: await buildNow(recipe, sources, name, options), settings: recipe.settings, cached: false };
  } finally {
    await lock.close();
  }
}

async function buildNow(
  recipe: NotebookRecipe,
  sources: BuildSources,
  name: string,
  options: BuildOptions,
): Promise<string> {
  const { account, folders, signal, onProgress } = options;
  const record = join(folders.write, "builder.json");
  await endLeftBuilder(record, { account, cwd: "/", environment: builderEnvironment("/") });
  const place = await preparePlace(folders.write, account);
  try {
    onProgress({ phase: "checking", message: "Reading the mirror's package lists" });
    await copyRecipe(recipe.folder, join(place.folder, "recipe"));
    const reader = createProgressReader();
    const lines: string[] = [];
    const code = await runBuilder(await builderArgv(recipe, sources, place.folder, account), {
      account,
      cwd: place.folder,
      environment: builderEnvironment(place.folder),
      signal,
      record,
      onLine(line) {
        lines.push(line);
        const progress = reader.read(line);
        if (progress !== undefined) onProgress(progress);
      },
    });
    if (code !== 0) throw await failed(lines, folders.write);
    const tar = join(place.folder, "root.tar");
    // From here on the account may not swap the file that root reads and hands on.
    if (account !== undefined) await chown(place.folder, 0, 0);
    const facts = await lstat(tar);
    if (!facts.isFile() || facts.nlink !== 1) throw new Error(`${tar} is no plain file`);
    onProgress({ phase: "packing", message: "Checking the finished image" });
    return await store(tar, folders.write, name, signal);
  } finally {
    await place.remove();
  }
}

async function builderArgv(
  recipe: NotebookRecipe,
  sources: BuildSources,
  folder: string,
  account: BuildAccount | undefined,
): Promise<string[]> {
  const root = account === undefined && process.getuid?.() === 0;
  return [
    "mmdebstrap",
    `--mode=${root ? "root" : "unshare"}`,
    "--variant=minbase",
    "--format=tar",
    "--verbose",
    `--include=${recipe.packages.join(",")}`,
    `--essential-hook=${join(folder, "recipe", "essential.sh")}`,
    `--customize-hook=${join(folder, "recipe", "customize.sh")}`,
    '--aptopt=Acquire::Languages "none"',
    // A half-written root is thrown away anyway: no need to wait for the disk after every file.
    "--dpkgopt=force-unsafe-io",
    ...(await hostAptOptions()),
    ...["doc", "man", "info", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    sources.suite,
    join(folder, "root.tar"),
    ...sources.sources.map(formatSource),
  ];
}

/** A frozen or proxied mirror works for the build as it does for the host. They do not stay in the image. */
async function hostAptOptions(): Promise<string[]> {
  const folder = "/etc/apt/apt.conf.d";
  const names = await readdir(folder).catch(() => []);
  const paths = ["/etc/apt/apt.conf", ...names.map((name) => join(folder, name))];
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
  const wanted = /^\s*(Acquire::(?:Check-Valid-Until|https?::Proxy|Retries|ForceIPv4|ForceIPv6))\s+"([^"\n]*)"\s*;/gim;
  return [...texts.join("\n").matchAll(wanted)].map((match) => `--aptopt=${match[1] ?? ""} "${match[2] ?? ""}"`);
}

function builderEnvironment(folder: string): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: folder,
    TMPDIR: folder,
    LANG: "C.UTF-8",
    DEBIAN_FRONTEND: "noninteractive",
  };
  for (const name of ["http_proxy", "https_proxy", "no_proxy"]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

async function copyRecipe(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  await chmod(to, 0o755);
  for (const name of await readdir(to)) await chmod(join(to, name), 0o755);
}

async function checkTools(account: BuildAccount | undefined): Promise<void> {
  const rootless = account !== undefined || process.getuid?.() !== 0;
  const needed = { mmdebstrap: "mmdebstrap", ...(rootless ? { newuidmap: "uidmap", newgidmap: "uidmap" } : {}) };
  const missing = new Set<string>();
  for (const [command, debianPackage] of Object.entries(needed)) {
    if (
      !(await access(`/usr/bin/${command}`, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      missing.add(debianPackage);
  }
  if (missing.size > 0) {
    throw new HubError(
      "packages-missing",
      `Building the notebook image needs ${[...missing].join(" and ")}. Run: apt-get install ${[...missing].join(" ")}`,
      { facts: { packages: [...missing] } },
    );
  }
  if (rootless) await checkSubIds(account?.name ?? userInfo().username);
}

async function checkSubIds(name: string): Promise<void> {
  for (const path of ["/etc/subuid", "/etc/subgid"]) {
    const text = await readFile(path, "utf8").catch(() => "");
    const counts = text
      .split("\n")
      .map((line) => line.split(":"))
      .filter(([owner]) => owner === name);
    if (!counts.some(([, , count]) => Number(count) >= 65_536)) {
      throw new HubError(
        "account-unusable",
        `The notebook image cannot be built by ${name}: ${path} gives it no range of 65536 ids. Give it 65536 ids that no other line of the file has, with usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST ${name}; “hublet up” as root does that by itself.`,
      );
    }
  }
}

async function failed(lines: readonly string[], folder: string): Promise<HubError> {
  const log = join(folder, "notebook-build-failed.log");
  await writeFile(log, `${lines.join("\n")}\n`);
  return explainFailure(lines, log);
}
