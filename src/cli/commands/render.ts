/** `hublet render quadlet|kube|compose|images`: the deployment for those who put it on a host by other means. */
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { machine } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import {
  composeFiles,
  type Deployment,
  describeFile,
  kubernetesFile,
  type ProgramImages,
  programImages,
  quadletFiles,
} from "../../deploy/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { type CommandResult, command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { ensureWeb } from "../up/web-build.ts";
import { programVersion } from "../version.ts";

interface Output {
  /** Relative to the folder of output. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

const output = z.string().min(1).optional().describe("Write files into this folder instead of printing them.");

export const renderQuadlet = command({
  path: ["render", "quadlet"],
  summary: "Write the units that “hublet apply” sets up, for Podman's Quadlet and systemd",
  positionals: [],
  options: { output },
  examples: ["hublet render quadlet", "hublet render quadlet --output /var/lib/hublet"],
  run: async (context, _words, options) => answer(context, options.output, quadletFiles(await described(context))),
});

export const renderCompose = command({
  path: ["render", "compose"],
  summary: "Write the project for Docker Compose that “hublet apply” sets up with deploy.engine: docker",
  positionals: [],
  options: { output },
  examples: ["hublet render compose > compose.yaml", "hublet render compose --output /srv/hublet"],
  run: async (context, _words, options) => {
    return await answer(context, options.output, composeFiles(await described(context, "docker")));
  },
});

export const renderKube = command({
  path: ["render", "kube"],
  summary: "Write manifests for Kubernetes; read their first lines for what they are not",
  positionals: [],
  options: { output },
  examples: ["hublet render kube > hublet-kubernetes.yaml"],
  run: async (context, _words, options) => {
    const text = kubernetesFile(await described(context));
    return await answer(context, options.output, [{ path: "kubernetes.yaml", text, mode: 0o644 }]);
  },
});

export const renderImages = command({
  path: ["render", "images"],
  summary: "Write the program's images as archives for “podman load”",
  positionals: [],
  options: { output: z.string().min(1).default(".").describe("Folder that the archives go to.") },
  examples: ["hublet render images --output /tmp/images"],
  run: async (context, _words, options) => {
    const images = await imagesOf(context);
    const folder = resolve(context.cwd, options.output);
    const files = [];
    for (const image of [images.hub, images.proxy]) {
      const file = join(folder, `${image.reference.slice("localhost/".length).replace(":", "-")}.tar.gz`);
      context.note(`Writing ${file}…`);
      await writing(folder, async () => {
        await mkdir(folder, { recursive: true });
        await image.write(createWriteStream(file));
      });
      files.push({ file, reference: image.reference, digest: image.digest });
    }
    return { json: { files }, text: files.map(({ file, reference }) => `${file}: ${reference}`).join("\n") };
  },
});

async function imagesOf(context: CliContext): Promise<ProgramImages> {
  await ensureWeb(context.root, context.note);
  return await programImages({ root: context.root, architecture: machine() });
}

async function described(context: CliContext, kind?: "docker"): Promise<Deployment> {
  const { hub, proxy } = await imagesOf(context);
  return await describeFile({
    file: context.instance().config,
    environment: context.env,
    kind,
    images: { hub: hub.reference, proxy: proxy.reference },
    version: programVersion(context.root),
  });
}

async function answer(
  context: CliContext,
  folder: string | undefined,
  files: readonly Output[],
): Promise<CommandResult> {
  const json = { files: files.map(({ path, text }) => ({ path, text })) };
  if (folder === undefined) return { json, text: shown(files) };
  const target = resolve(context.cwd, folder);
  await writing(target, async () => {
    for (const { path, text, mode } of files) {
      await mkdir(dirname(join(target, path)), { recursive: true });
      await writeFile(join(target, path), text, { mode });
    }
  });
  return { json, text: files.map(({ path }) => join(target, path)).join("\n") };
}

/** One file as it is, so that it can be piped; several with a line before each. */
function shown(files: readonly Output[]): string {
  if (files.length === 1) return files.map(({ text }) => text.trimEnd()).join("");
  return files
    .map(({ path, text }) => `# ===== ~/${path} =====\n${text.trimEnd()}\n`)
    .join("\n")
    .trimEnd();
}

async function writing(folder: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new HubError("usage", `${folder} cannot be written: ${messageOf(cause)}. Name a folder of yours.`, { cause });
  }
}
