/** Which files a configuration is made of, and where they go on the host: the folder moves as a whole. */
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { ConfigSnapshot } from "../../config/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";

/** The configuration as it lies where `apply` was called. */
export interface ConfigFiles {
  /** Absolute; everything lies in it. */
  readonly folder: string;
  /** The main file, relative to the folder. */
  readonly main: string;
  /** Sorted by path. */
  readonly files: readonly ConfigFile[];
}

export interface ConfigFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly content: Buffer;
  /** It holds a private key, or a secret in plain text: it is shown to nobody and kept in no generation. */
  readonly secret: boolean;
}

/** Part of every host, and read there. */
const HOST_FILES = ["/etc/passwd"];
const SECRETS_FOLDER = "secrets";

/**
 * Reads what a snapshot was made of.
 * @param file the main file, absolute
 * @param elsewhere files that were read and stay where they are, for example the passwd file when it is another one
 * @throws HubError `bad-config` naming the files that lie outside the configuration's folder; `state-unusable` for one
 *   that cannot be read any more
 */
export async function readConfigFiles(
  snapshot: ConfigSnapshot,
  file: string,
  elsewhere: readonly string[] = [],
): Promise<ConfigFiles> {
  const folder = configFolderOf(snapshot, file);
  const paths = snapshot.files.filter((path) => ![...HOST_FILES, ...elsewhere].includes(path));
  const outside = paths.filter((path) => !isInside(folder, path));
  if (outside.length > 0) throw new HubError("bad-config", outsideMessage(outside, folder, keyFileOf(snapshot, file)));
  const isSecret = secretFiles(snapshot, file);
  const files = await Promise.all(
    paths.map(async (path) => {
      const content = await contentOf(path);
      // A certificate's file may hold its key as well, whichever of the two it is named for.
      const secret = isSecret(path) || /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(content.toString("latin1"));
      return { path: relative(folder, path).split(sep).join("/"), content, secret };
    }),
  );
  return {
    folder,
    main: relative(folder, file).split(sep).join("/"),
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/**
 * The folder of the main file, or one above it that a relative `include: ../common.yaml` leads to: several hosts may share
 * files. An absolute path names a place of this computer, so it never makes the folder larger.
 */
function configFolderOf(snapshot: ConfigSnapshot, file: string): string {
  const main = dirname(file);
  const { include = [] } = snapshot.config;
  let folder = main;
  for (const entry of [include].flat()) {
    if (entry.startsWith("/")) continue;
    const path = resolve(main, entry);
    const target = snapshot.files.includes(path) ? dirname(path) : path;
    while (!isInside(folder, target) && folder !== target) folder = dirname(folder);
  }
  if (folder === main || folder.split("/").length > 2) return folder;
  throw new HubError(
    "bad-config",
    `${file} includes files so far away that all of ${folder} would be the configuration's folder. Move them beside it, or into a folder that the two share.`,
  );
}

function outsideMessage(outside: readonly string[], folder: string, key: string | undefined): string {
  const keyHint =
    key !== undefined && outside.includes(key)
      ? " For a certificate and its key, “hublet tls import CERTIFICATE KEY” does that."
      : "";
  return `The configuration is moved to the host as the folder ${folder}, but ${outside.join(", ")} ${
    outside.length === 1 ? "is" : "are"
  } outside of it. Move ${outside.length === 1 ? "it" : "them"} into the folder and name ${
    outside.length === 1 ? "it" : "them"
  } relative to hublet.yaml.${keyHint}`;
}

function secretFiles(snapshot: ConfigSnapshot, file: string): (path: string) => boolean {
  const secrets = join(dirname(file), SECRETS_FOLDER);
  const key = keyFileOf(snapshot, file);
  return (path) => path === key || isInside(secrets, path);
}

function keyFileOf(snapshot: ConfigSnapshot, file: string): string | undefined {
  const key = snapshot.config.tls?.key;
  if (typeof key !== "string") return undefined;
  return resolve(dirname(snapshot.placeOf(["tls", "key"])?.file ?? file), key);
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new HubError(
      "state-unusable",
      `${path} belongs to the configuration and cannot be read: ${messageOf(cause)}. Call this again when the file is there.`,
      { cause },
    );
  }
}
