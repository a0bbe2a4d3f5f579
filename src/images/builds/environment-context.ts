/** What an environment is built from: its Containerfile, and this host's package sources where the base has the same distribution. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { type AptSource, formatSource } from "../apt-sources.ts";
import { chooseSources, readHostSources } from "../host-sources.ts";

/** Name in the tar, and below `/run` while apt runs. */
export const APT_FOLDER = "hublet-apt";

/** Name in the tar and content. */
export type ContextFiles = ReadonlyMap<string, Buffer>;

/**
 * Sources, keys and settings of the host's apt, for the image that was made of them. They are shown to the build and do
 * not stay in the image: a mirror's address may hold a password.
 * @returns undefined on a host without such sources: the image's own are used then
 */
export async function hostAptFiles(hostRoot: string): Promise<ContextFiles | undefined> {
  const root = hostRoot === "" ? "/" : hostRoot;
  const host = await readHostSources(root);
  let sources: readonly AptSource[];
  try {
    ({ sources } = chooseSources(host.system, host.sources));
  } catch {
    return undefined; // not Debian, or no mirror: it is no failure that there is nothing to hand in
  }
  const files = new Map<string, Buffer>();
  const lines: string[] = [];
  for (const source of sources) lines.push(formatSource(await withOwnKeys(source, root, files)));
  const place = `/run/${APT_FOLDER}`;
  files.set(`${APT_FOLDER}/sources.list`, Buffer.from(`${lines.join("\n")}\n`));
  const settings = [
    `Dir::Etc::SourceList "${place}/sources.list";`,
    'Dir::Etc::SourceParts "/dev/null";',
    'Acquire::Languages "none";',
    ...(await hostAptSettings(root)),
    "",
  ];
  files.set(`${APT_FOLDER}/apt.conf`, Buffer.from(settings.join("\n")));
  return files;
}

/** Keys that a source names lie on the host: they go along. */
async function withOwnKeys(source: AptSource, root: string, files: Map<string, Buffer>): Promise<AptSource> {
  const named = source.options["signed-by"];
  if (named === undefined) return source;
  const places: string[] = [];
  for (const path of named.split(",")) {
    const content = await readFile(join(root, path)).catch(() => undefined);
    if (content === undefined) continue;
    const name = `${APT_FOLDER}/keys/${basename(path).replace(/[^A-Za-z0-9._-]/g, "_")}`;
    files.set(name, content);
    places.push(`/run/${name}`);
  }
  const { "signed-by": _, ...options } = source.options;
  return { ...source, options: places.length === 0 ? options : { ...options, "signed-by": places.join(",") } };
}

/** A frozen or proxied mirror works for the build as it does for the host. */
async function hostAptSettings(root: string): Promise<string[]> {
  const folder = join(root, "etc/apt/apt.conf.d");
  const names = (await readdir(folder).catch(() => [])).sort();
  const paths = [join(root, "etc/apt/apt.conf"), ...names.map((name) => join(folder, name))];
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));
  const wanted = /^\s*(Acquire::(?:Check-Valid-Until|https?::Proxy|Retries|ForceIPv4|ForceIPv6))\s+"([^"\n]*)"\s*;/gim;
  return [...texts.join("\n").matchAll(wanted)].map((match) => `${match[1] ?? ""} "${match[2] ?? ""}";`);
}

/** A tar of small files. */
export function tarOfFiles(files: ContextFiles): Readable {
  const tar = pack();
  // What is packed waits in memory until it is read, and is small.
  for (const [name, content] of files) tar.entry({ name, mode: 0o644 }, content);
  tar.finalize();
  return Readable.from(tar);
}
