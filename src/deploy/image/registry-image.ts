/** The distribution's registry program as an image, for hosts that reach no registry to get one from. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { run } from "../run.ts";
import { writeArchive } from "./archive.ts";
import { type ContentEntry, completed, contentEntry, type Entry, fileEntry, textEntry } from "./entries.ts";
import { librariesOf } from "./libraries.ts";
import type { ProgramImage } from "./types.ts";

/** Where distributions put it. */
const PROGRAM = "/usr/bin/docker-registry";
const PROCESSORS: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/**
 * Undefined where this computer has none. The name follows from the content: another version of the package, or of a
 * library, is another image.
 * @param architecture of this computer, as `uname -m` says it
 */
export async function registryImage(architecture: string, program = PROGRAM): Promise<ProgramImage | undefined> {
  const processor = PROCESSORS[architecture];
  if (processor === undefined || !existsSync(program)) return undefined;
  const { stdout } = await run([program, "--version"]);
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "0";
  const libraries = await librariesOf([program]);
  const contents: ContentEntry[] = [
    await contentEntry(await fileEntry(program, "docker-registry")),
    ...(await Promise.all(libraries.map(async (path) => contentEntry(await fileEntry(path, path.slice(1)))))),
    textEntry("etc/passwd", "root:x:0:0:root:/:/sbin/nologin\n"),
    textEntry("etc/group", "root:x:0:\n"),
  ];
  const entries: Entry[] = [
    ...contents,
    { kind: "folder", path: "tmp", mode: 0o1777 },
    // Podman mounts a file over these.
    ...["auth", "dev", "etc/docker/registry", "proc", "run", "sys", "var/lib/registry"].map(
      (path): Entry => ({ kind: "folder", path, mode: 0o755 }),
    ),
  ];
  const digest = digestOf(architecture, contents);
  const reference = `localhost/hublet-registry:${version}-${digest.slice(0, 12)}`;
  return {
    reference,
    digest,
    architecture,
    write: (to) =>
      writeArchive(
        {
          reference,
          architecture: processor,
          layers: [{ name: "docker-registry and its libraries", entries: completed(entries) }],
          entrypoint: ["/docker-registry"],
          environment: { LD_LIBRARY_PATH: [...new Set(libraries.map((path) => dirname(path)))].toSorted().join(":") },
          labels: { "org.opencontainers.image.title": "hublet-registry", "org.hublet.digest": digest },
        },
        to,
      ),
  };
}

function digestOf(architecture: string, contents: readonly ContentEntry[]): string {
  const hash = createHash("sha256").update(`1\n${architecture}\n`);
  for (const { path, content, executable } of contents)
    hash.update(`${JSON.stringify([path, content.length, executable])}\n`).update(content);
  return hash.digest("hex");
}
