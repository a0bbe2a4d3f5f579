/** What the notebook image is made of. The files beside `customize.sh` and this list decide its digest, and so its tag. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImportSettings } from "../drivers/index.ts";

/** Repository of the built image; its tag is the recipe's short digest. */
export const NOTEBOOK_REPOSITORY = "localhost/hublet/notebook";

/** Whether the built image may stand in for `reference`: for itself, and for the configuration's default. */
export function isReplaceable(reference: string): boolean {
  return reference.startsWith(NOTEBOOK_REPOSITORY) || reference === "quay.io/jupyter/minimal-notebook:latest";
}

/** Debian packages, without recommended ones. `git`, `less` and `nano` are for terminals, `python3-pip` for `%pip`. */
const PACKAGES = [
  "ca-certificates",
  "git",
  "jupyter-client",
  "jupyter-core",
  "jupyter-nbconvert",
  "jupyter-server",
  "jupyterhub",
  "jupyterlab",
  "less",
  "nano",
  "python-is-python3",
  "python3-ipykernel",
  "python3-nbconvert",
  "python3-pip",
  "python3-terminado",
  "tini",
] as const;

const SETTINGS = {
  entrypoint: ["/usr/bin/tini", "--"],
  command: ["jupyter-lab", "--ip=0.0.0.0", "--port=8888", "--no-browser"],
  user: "1000:100",
  workingDirectory: "/home/jovyan",
  environment: {
    HOME: "/home/jovyan",
    LANG: "C.UTF-8",
    PATH: "/home/jovyan/.local/bin:/usr/local/bin:/usr/bin:/bin",
    SHELL: "/bin/bash",
  },
} as const;

export interface NotebookRecipe {
  /** SHA-256 over everything that shapes the image, but the versions the mirror has on the day: 64 hex digits. */
  readonly digest: string;
  readonly packages: readonly string[];
  /** Folder with the hooks `essential.sh` and `customize.sh` and the files they install. */
  readonly folder: string;
  readonly settings: ImportSettings;
}

/** Reads the recipe's files and computes its digest. */
export async function readRecipe(folder = fileURLToPath(new URL("recipe/", import.meta.url))): Promise<NotebookRecipe> {
  const hash = createHash("sha256").update(JSON.stringify({ PACKAGES, SETTINGS }));
  for (const name of (await readdir(folder)).sort()) {
    const content = await readFile(join(folder, name));
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  const digest = hash.digest("hex");
  return {
    digest,
    packages: PACKAGES,
    folder,
    settings: {
      ...SETTINGS,
      reference: `${NOTEBOOK_REPOSITORY}:${digest.slice(0, 12)}`,
      labels: {
        "org.hublet.read-only-root": "true",
        "org.hublet.recipe": digest,
        "org.opencontainers.image.title": "Hublet notebook",
      },
    },
  };
}
