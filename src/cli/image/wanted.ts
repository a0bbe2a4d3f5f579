/** What a call of `hublet image build` or `release` asks for: options and files of the caller's, as one description. */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Readable } from "node:stream";
import { z } from "zod";
import { type BuildSpec, buildSpecSchema } from "../../contract/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import { environmentOf } from "./environment-files.ts";
import { tarOfFolder } from "./folder-tar.ts";
import { checkOut, readGitAddress } from "./git-source.ts";
import { instructionsIn } from "./instructions.ts";
import { told } from "./sending.ts";

const list = (text: string) => z.array(z.string()).default([]).describe(text);

export const BUILD_OPTIONS = {
  name: z.string().optional().describe("Name of the image, like lab/uspy; without a registry in it, this hub's."),
  tag: list("A tag beside latest and the version. May be given more than once."),
  file: z
    .string()
    .optional()
    .describe("Path of the Containerfile in the folder. Default: Containerfile, or else Dockerfile."),
  target: z.string().optional().describe("Stage of the Containerfile to build."),
  buildArg: list("NAME=VALUE for an ARG of the Containerfile. May be given more than once."),
  probe: z
    .string()
    .optional()
    .describe("Command that is run in the new image; its output ends with the version, which becomes a tag."),
  base: z.string().optional().describe("Image that a list of packages begins with. Default: everybody's image."),
  fromDistribution: z
    .boolean()
    .default(false)
    .describe("Begin with the notebook image that is made of this host's own packages, without any registry."),
  apt: list("Debian package. May be given more than once."),
  pip: list("Python package. May be given more than once."),
  conda: list("Package of conda. May be given more than once."),
  r: list("Package of CRAN. May be given more than once."),
  environment: list(
    "File with packages: environment.yml, requirements.txt, apt.txt or r.txt. May be given more than once.",
  ),
  push: z.boolean().default(false).describe("Push it to its registry; “release” does that by itself."),
  noCache: z.boolean().default(false).describe("Do every step anew."),
  context: z.string().optional().describe("- reads a tar with the folder from standard input."),
  spec: z.string().optional().describe("The whole build as JSON in base64url, as the API takes it; for scripts."),
  detach: z.boolean().default(false).describe("Begin, and do not wait for the end."),
} as const;

export type BuildWords = { readonly [K in keyof typeof BUILD_OPTIONS]: z.output<(typeof BUILD_OPTIONS)[K]> };

export interface Wanted {
  readonly spec: BuildSpec;
  /** Tar of the folder; undefined for lists of packages. */
  readonly context: Readable | undefined;
  close(): Promise<void>;
}

/** The image of the host's own packages; the hub knows its tag. */
const DISTRIBUTION_BASE = "localhost/hublet/notebook";

/** @throws HubError `usage`, and as `checkOut` and `tarOfFolder` */
export async function wantedBuild(
  context: Pick<CliContext, "cwd" | "note">,
  words: readonly string[],
  options: BuildWords,
  release: boolean,
): Promise<Wanted> {
  const nothing = async (): Promise<void> => undefined;
  if (options.spec !== undefined) {
    const spec = readSpec(options.spec);
    return { spec, context: spec.environment === undefined ? process.stdin : undefined, close: nothing };
  }
  const environment = await environmentWanted(context, options);
  const [source] = words;
  const given = [source, options.context, environment].filter((one) => one !== undefined).length;
  if (given > 1) throw new HubError("usage", "Name a folder, or packages, or --context -: one of them.");
  if (environment !== undefined && (options.target !== undefined || options.buildArg.length > 0))
    throw new HubError(
      "usage",
      "--target and --build-arg are for a Containerfile. Leave them out of a build from packages, or write a Containerfile.",
    );
  const git = source === undefined ? undefined : readGitAddress(source);
  const spec: BuildSpec = {
    name: options.name ?? nameOf(source, git?.url),
    tags: options.tag,
    file: options.file ?? "Containerfile",
    ...(options.target === undefined ? {} : { target: options.target }),
    args: argumentsOf(options.buildArg),
    ...(options.probe === undefined ? {} : { versionProbe: wordsOf(options.probe) }),
    ...(environment === undefined ? {} : { environment }),
    release,
    push: options.push,
    noCache: options.noCache,
  };
  if (environment !== undefined) return { spec, context: undefined, close: nothing };
  if (options.context === "-") return { spec, context: process.stdin, close: nothing };
  if (options.context !== undefined)
    throw new HubError("usage", "--context takes “-” alone: a tar by standard input. Name a folder without it.");
  if (git === undefined) {
    const folder = resolve(context.cwd, source ?? ".");
    const file = await instructionsIn(folder, options.file);
    return { spec: { ...spec, file }, context: told(await tarOfFolder(folder, [file]), context.note), close: nothing };
  }
  context.note(`Fetching ${git.ref ?? "the head"} of the repository`);
  const checkout = await checkOut(git, new AbortController().signal);
  context.note(`At commit ${checkout.commit}`);
  try {
    const file = await instructionsIn(checkout.folder, options.file, source);
    const tar = told(await tarOfFolder(checkout.folder, [file]), context.note);
    return { spec: { ...spec, file }, context: tar, close: checkout.remove };
  } catch (error) {
    await checkout.remove();
    throw error;
  }
}

/** As the command in the hub's container is called: everything is said by one word, and the folder comes by standard input. */
export function carriedWords(verb: string, spec: BuildSpec, options: BuildWords, json: boolean): string[] {
  const flags = [...(options.detach ? ["--detach"] : []), ...(json ? ["--json"] : [])];
  return ["image", verb, `--spec=${encodeSpec(spec)}`, ...flags];
}

export function encodeSpec(spec: BuildSpec): string {
  return Buffer.from(JSON.stringify(spec)).toString("base64url");
}

function readSpec(text: string): BuildSpec {
  try {
    return buildSpecSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch (cause) {
    throw new HubError("usage", `--spec is no description of a build: ${messageOf(cause)}`, { cause });
  }
}

async function environmentWanted(
  context: Pick<CliContext, "cwd">,
  options: BuildWords,
): Promise<BuildSpec["environment"]> {
  const { apt, pip, conda, r } = options;
  if (options.base !== undefined && options.fromDistribution)
    throw new HubError("usage", "--base and --from-distribution exclude each other.");
  const base = options.fromDistribution ? DISTRIBUTION_BASE : options.base;
  const files = await Promise.all(
    options.environment.map(async (file) => {
      const path = resolve(context.cwd, file);
      const text = await readFile(path, "utf8").catch((cause: unknown) => {
        throw new HubError("usage", `${file} cannot be read: ${messageOf(cause)}. Check the path.`, { cause });
      });
      return environmentOf(file, text);
    }),
  );
  const all = [{ apt, pip, conda, r }, ...files];
  const lists = {
    apt: all.flatMap((one) => one.apt),
    pip: all.flatMap((one) => one.pip),
    conda: all.flatMap((one) => one.conda),
    r: all.flatMap((one) => one.r),
  };
  if (base === undefined && Object.values(lists).every((names) => names.length === 0)) return undefined;
  return { ...(base === undefined ? {} : { base }), ...lists };
}

function nameOf(source: string | undefined, url: string | undefined): string {
  const guess = basename(url ?? source ?? "")
    .replace(/\.git$/, "")
    .toLowerCase();
  if (/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(guess)) return guess;
  throw new HubError("usage", "Name the image: --name lab/uspy.");
}

function argumentsOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new HubError("usage", `“${text}” is no build argument: write --build-arg NAME=VALUE.`);
      return [name, value];
    }),
  );
}

/** Words with quotes, as a shell splits them; nothing else of a shell's. @throws HubError `usage` */
export function wordsOf(text: string): string[] {
  const words = [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(
      /"([^"]*)"|'([^']*)'/g,
      (_, double: string | undefined, single: string | undefined) => double ?? single ?? "",
    ),
  );
  if (words.length === 0 || (text.match(/"/g)?.length ?? 0) % 2 === 1)
    throw new HubError("usage", `“${text}” is no command: write it like --probe "python3 -V".`);
  return words;
}
