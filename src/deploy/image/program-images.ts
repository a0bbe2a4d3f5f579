/** The program as two images: what is in them, and what they are called. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { machine } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { type LockedPackage, neededPackages } from "../lockfile.ts";
import { writeArchive } from "./archive.ts";
import { type BaseLayer, baseLayer, hubEntries, missing, packageEntries, proxyEntries } from "./contents.ts";
import { type ContentEntry, completed } from "./entries.ts";
import { reachedFrom } from "./imports.ts";
import type { ProgramImage, ProgramImages } from "./types.ts";

export interface ProgramImagesOptions {
  /** Folder of the program (where `package.json` lies). */
  readonly root: string;
  /** Of the host that is to run it, as `uname -m` says it. */
  readonly architecture: string;
}

interface Processor {
  /** Node's word, which is also that of packages. */
  readonly cpu: string;
  /** The word of images. */
  readonly image: string;
}

const PROCESSORS: Readonly<Record<string, Processor>> = {
  x86_64: { cpu: "x64", image: "amd64" },
  aarch64: { cpu: "arm64", image: "arm64" },
};
const ENTRYPOINT = ["/node", "--disable-warning=ExperimentalWarning"];
const PROXY = "src/main/proxy.ts";
/** Changes when what is done here changes in a way that the content does not show. */
const RECIPE = "1";

/**
 * Works out what goes into the images and how they are called; nothing is written, and no file but our own is read.
 * @throws HubError `state-unusable` when a part of the program is missing here, `host-unsuitable` for another processor
 */
export async function programImages({ root, architecture }: ProgramImagesOptions): Promise<ProgramImages> {
  const processor = processorOf(architecture);
  if (!existsSync(join(root, "web/dist/app.html")))
    throw missing("web/dist (the web pages)", `Run “npm run build -w web” in ${root}; “hublet up” builds them too.`);
  const lock = await readFile(join(root, "package-lock.json"), "utf8");
  const accepts = (found: LockedPackage) => runsOn(found, processor);
  const reached = await reachedFrom(root, PROXY);
  const [all, few] = [neededPackages(lock, { accepts }), neededPackages(lock, { accepts, names: reached.packages })];
  const node = nodePackage(lock, root, processor);

  const version = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(root, "package.json"), "utf8"))).version;
  const [base, hubFiles, proxyFiles] = await Promise.all([
    baseLayer(root, node, all),
    hubEntries(root),
    proxyEntries(root, reached.files),
  ]);
  const make = (name: string, packages: readonly LockedPackage[], files: readonly ContentEntry[], prefix: string) =>
    programImage({ root, architecture, processor, name, prefix, node, packages, base, files });
  return {
    hub: make("hublet-hub", all, hubFiles, `${version}-`),
    proxy: make("hublet-proxy", few, proxyFiles, ""),
  };
}

interface ImageParts {
  readonly root: string;
  readonly architecture: string;
  readonly processor: Processor;
  readonly name: string;
  /** Of the tag. */
  readonly prefix: string;
  readonly node: LockedPackage;
  readonly packages: readonly LockedPackage[];
  readonly base: BaseLayer;
  readonly files: readonly ContentEntry[];
}

function programImage(parts: ImageParts): ProgramImage {
  const { root, architecture, base, packages, files, name } = parts;
  const digest = digestOf(parts);
  const reference = `localhost/${name}:${parts.prefix}${digest.slice(0, 12)}`;
  return {
    reference,
    digest,
    architecture,
    write: async (to) => {
      const packageFiles = await Promise.all(packages.map(({ folder }) => packageEntries(root, folder)));
      await writeArchive(
        {
          reference,
          architecture: parts.processor.image,
          layers: [
            { name: "Node.js and its libraries", entries: completed(base.entries) },
            { name: "npm packages", entries: completed(packageFiles.flat()) },
            { name: "Hublet", entries: completed(files) },
          ],
          entrypoint: ENTRYPOINT,
          environment: base.environment,
          labels: { "org.opencontainers.image.title": name, "org.hublet.digest": digest },
        },
        to,
      );
    },
  };
}

/** Node.js is in another layer. What only a compiler makes useful, and what is for another run time (Bare), stays here. */
function runsOn(found: LockedPackage, { cpu }: Processor): boolean {
  const compiled = found.optional === true && found.hasInstallScript === true;
  if (isNode(found) || found.engines?.bare !== undefined || compiled) return false;
  return (
    (found.os?.includes("linux") ?? true) &&
    (found.cpu?.includes(cpu) ?? true) &&
    (found.libc?.includes("glibc") ?? true)
  );
}

function isNode({ folder }: LockedPackage): boolean {
  return /(^|\/)node-linux-[^/]+$/.test(folder);
}

function nodePackage(lock: string, root: string, { cpu }: Processor): LockedPackage {
  const found = neededPackages(lock).find((each) => isNode(each) && each.cpu?.includes(cpu));
  if (found !== undefined && existsSync(join(root, found.folder, "bin/node"))) return found;
  throw missing(`Node.js for ${cpu}`, `Run “npm ci --ignore-scripts” in ${root}.`);
}

/** By content, where files are ours or the system's; by the lock file's digests, where npm checked them. */
function digestOf(parts: ImageParts): string {
  const hash = createHash("sha256").update(`${RECIPE}\n${parts.architecture}\n`);
  for (const { folder, version, integrity } of [parts.node, ...parts.packages])
    hash.update(`${JSON.stringify([folder, version, integrity])}\n`);
  for (const entry of completed([...parts.base.entries, ...parts.files])) {
    if (entry.kind !== "content") continue;
    const { path, content, executable } = entry;
    hash.update(`${JSON.stringify([path, content.length, executable])}\n`).update(content);
  }
  return hash.digest("hex");
}

function processorOf(architecture: string): Processor {
  const processor = PROCESSORS[architecture];
  if (processor !== undefined && architecture === machine()) return processor;
  throw new HubError(
    "host-unsuitable",
    processor === undefined
      ? `The host has a processor ${architecture}, and there are images for ${Object.keys(PROCESSORS).join(" and ")} alone.`
      : `The host has a processor ${architecture} and this computer ${machine()}: the images are made from the Node.js and the libraries of this computer. Call “hublet apply” on the host itself, or on a computer with the same processor.`,
  );
}
