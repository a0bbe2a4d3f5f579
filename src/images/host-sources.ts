/** Which packages an image is built from: the mirror and keys come from the host's own apt settings, never from here. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { HubError, systemCode } from "../kernel/index.ts";
import { type AptSource, parseDeb822, parseOneLine } from "./apt-sources.ts";

export interface HostSystem {
  /** `ID` of os-release: `debian`, `ubuntu`, `fedora`. */
  readonly id: string;
  readonly name: string;
  readonly codename: string;
}

export interface BuildSources {
  readonly suite: string;
  readonly sources: readonly AptSource[];
}

/** The Debian release the image is made of: the first that carries JupyterLab 4 and JupyterHub 5. */
const DEBIAN_SUITE = "trixie";
const ROLLING = ["stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"];

/** Reads the host's system and sources below `root` (`/` but in tests). Unreadable files are left out. */
export async function readHostSources(root = "/"): Promise<{ system: HostSystem; sources: AptSource[] }> {
  const system = parseOsRelease((await readText(join(root, "etc/os-release"))) ?? "");
  const folder = join(root, "etc/apt/sources.list.d");
  const names = (await readdir(folder).catch(() => [])).sort();
  const sources = parseOneLine((await readText(join(root, "etc/apt/sources.list"))) ?? "");
  for (const name of names) {
    const text = (await readText(join(folder, name))) ?? "";
    if (name.endsWith(".sources")) sources.push(...parseDeb822(text));
    else if (name.endsWith(".list")) sources.push(...parseOneLine(text));
  }
  return { system, sources: await Promise.all(sources.map((source) => withoutMirrorList(source, root))) };
}

/**
 * Chooses what to build from: Debian 13 from the host's Debian mirror; on Ubuntu the host's own release.
 * @throws HubError `image-build-failed` on a host without a Debian or Ubuntu mirror, saying what to do instead.
 */
export function chooseSources(system: HostSystem, sources: readonly AptSource[]): BuildSources {
  const debian = system.id === "debian";
  if (!debian && system.id !== "ubuntu") {
    throw impossible(`An image can be built from packages on Debian and Ubuntu only, and this host is ${system.name}.`);
  }
  const own = debian ? [system.codename, DEBIAN_SUITE, ...ROLLING] : [system.codename];
  const base = sources.find((source) => own.includes(source.suite) && source.components.includes("main"));
  if (base === undefined) {
    throw impossible(`No ${system.name} mirror was found in the apt sources of this host.`);
  }
  const security = sources.find(
    (source) =>
      own.some((suite) => [`${suite}-security`, `${suite}/updates`].includes(source.suite)) &&
      source.components.includes("main"),
  );
  const suite = debian ? DEBIAN_SUITE : system.codename;
  const components = debian ? ["main"] : ["main", "universe"];
  const chosen: AptSource[] = [
    { ...base, suite, components },
    ...(sources.some((source) => own.some((name) => source.suite === `${name}-updates`))
      ? [{ ...base, suite: `${suite}-updates`, components }]
      : []),
    ...(security === undefined ? [] : [{ ...security, suite: `${suite}-security`, components }]),
  ];
  return { suite, sources: chosen };
}

/** Reads `os-release(5)`. */
export function parseOsRelease(text: string): HostSystem {
  const fields: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const match = /^([A-Z_]+)=("?)(.*)\2\s*$/.exec(line);
    if (match?.[1] !== undefined) fields[match[1]] = match[3] ?? "";
  }
  const like = (fields.ID_LIKE ?? "").split(" ");
  const ubuntu = fields.UBUNTU_CODENAME;
  // Mint, Pop!_OS and their kin carry Ubuntu's sources and say so.
  const derived = fields.ID !== "ubuntu" && ubuntu !== undefined && like.includes("ubuntu");
  return {
    id: derived ? "ubuntu" : (fields.ID ?? "unknown"),
    name: fields.PRETTY_NAME ?? fields.NAME ?? "an unknown system",
    codename: (derived ? ubuntu : fields.VERSION_CODENAME) ?? "",
  };
}

function impossible(why: string): HubError {
  return new HubError(
    "image-build-failed",
    `The notebook image could not be built. ${why} Set \`servers.image\` to an image that this host's engine has or can pull.`,
  );
}

/** Cloud images write `mirror+file:/etc/apt/mirrors/x.list`: the first mirror of that list is taken. */
async function withoutMirrorList(source: AptSource, root: string): Promise<AptSource> {
  const path = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(source.uri)?.[1];
  if (path === undefined) return source;
  const first = ((await readText(join(root, path))) ?? "")
    .split("\n")
    .map((line) => line.trim().split(/\s+/)[0] ?? "")
    .find((word) => word !== "" && !word.startsWith("#"));
  return first === undefined ? source : { ...source, uri: first };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}
