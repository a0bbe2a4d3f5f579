/** From what the state scripts print to `HostState`. Everything in it was said by another machine. */
import { z } from "zod";
import { parsePasswd } from "../account-plan.ts";
import { parseOsRelease } from "../facts.ts";
import { dockerContainers, dockerImages, dockerSecretNames } from "./docker-parse.ts";
import { openInFirewalld, openInUfw } from "./firewall-parse.ts";
import { parseListening } from "./listening.ts";
import type { ContainerState, FileState, HostState, HostStateWish, UnitState } from "./state.ts";

type Frames = ReadonlyMap<string, string>;

/** Bit of CAP_NET_BIND_SERVICE in the masks of /proc/PID/status (capabilities(7)). */
const NET_BIND_SERVICE = 1n << 10n;

const SELINUX = new Map<string, HostState["selinux"]>([
  ["1", "enforcing"],
  ["0", "permissive"],
]);

export function parseState(frames: Frames, own: Frames, wish: HostStateWish): HostState {
  const text = (name: string): string => frames.get(name) ?? "";
  const line = (name: string): string => text(name).split("\n")[0]?.trim() ?? "";
  const [kernel = "", architecture = ""] = line("kernel").split(" ");
  const mode = z.enum(["v1", "hybrid", "v2", "none"]).catch("none").parse(line("cgroups"));
  const sums = parseSums(text("sums"));
  const firewall = parseFirewall(frames);
  return {
    hostname: line("hostname"),
    fqdn: line("fqdn") || line("hostname"),
    distribution: parseOsRelease(text("os-release")),
    kernel,
    architecture,
    systemd: line("first") === "systemd" ? number(/\d+/.exec(line("systemd"))?.[0]) : undefined,
    cgroups: { mode, available: words(text("controllers")), delegated: words(text("delegated")) },
    selinux: SELINUX.get(line("selinux")) ?? "disabled",
    selinuxTypes: Object.fromEntries(pairs(text("labels")).map(([label, path]) => [path, label.split(":")[2] ?? ""])),
    commands: Object.fromEntries(lines(text("commands")).map((entry) => splitAt(entry, " "))),
    podman: /version (\S+)/.exec(text("podman"))?.[1],
    docker: line("docker-version") || undefined,
    quadlet: text("quadlet") !== "",
    userBus: text("user-bus") !== "",
    pamSystemd: text("pam-systemd") !== "",
    accountFiles: {
      passwd: text("passwd"),
      group: text("group"),
      subuid: text("subuid"),
      subgid: text("subgid"),
      running: lines(text("running")).map(Number),
    },
    account: parseAccount(frames, own),
    homeOwner: number(line("home-owner")),
    files: parseFiles(text("files"), sums),
    contents: Object.fromEntries(wish.contents.map((path, index) => [path, frames.get(`content-${index + 1}`)])),
    listings: parseListings(lines(text("listing")), wish.folders),
    ...(wish.docker === undefined
      ? {
          containers: parseContainers(own.get("containers") ?? ""),
          images: parseImages(own.get("images") ?? ""),
          podmanSecrets: lines(own.get("secrets") ?? ""),
        }
      : {
          containers: dockerContainers(text("docker-containers"), wish, frames),
          images: dockerImages(text("docker-images")),
          podmanSecrets: dockerSecretNames(lines(text("listing")), wish.docker),
        }),
    units: parseUnits(own.get("units") ?? ""),
    listening: parseListening(text("listening"), text("sockets")),
    firewall,
    packetFilter: firewall === undefined && text("filter") !== "",
    disk: parseDisk(line("disk")),
  };
}

function parseAccount(frames: Frames, own: Frames): HostState["account"] {
  const entry = parsePasswd(frames.get("own") ?? "")[0];
  if (entry === undefined) return undefined;
  const mask = frames.get("capabilities")?.trim() ?? "";
  return {
    name: entry.name,
    uid: entry.uid,
    gid: entry.gid,
    home: entry.home,
    linger: frames.has("linger"),
    manager: own.size > 0,
    lowPorts: /^[0-9a-f]+$/i.test(mask) && (BigInt(`0x${mask}`) & NET_BIND_SERVICE) !== 0n,
    homeOwner: number(frames.get("account-home-owner")?.trim()),
    dropIn: frames.get("drop-in") || undefined,
    managerFresh: frames.has("fresh"),
  };
}

const KINDS = new Map<string, FileState["kind"]>([
  ["regular file", "file"],
  ["regular empty file", "file"],
  ["directory", "folder"],
  ["symbolic link", "link"],
]);

function parseFiles(text: string, sums: ReadonlyMap<string, string>): HostState["files"] {
  return Object.fromEntries(
    pairs(text).map(([facts, path]) => {
      const [mode = "", uid, gid, ...kind] = facts.split(" ");
      return [
        path,
        {
          sha256: sums.get(path) ?? "",
          mode: Number.parseInt(mode, 8),
          uid: Number(uid),
          gid: Number(gid),
          kind: KINDS.get(kind.join(" ")) ?? "other",
        },
      ];
    }),
  );
}

/** sha256sum(1) begins a line with a backslash when it had to write the path with some. */
function parseSums(text: string): ReadonlyMap<string, string> {
  return new Map(
    lines(text).flatMap((entry) => {
      const [, escaped, sum, path] = /^(\\?)([0-9a-f]{64}) [ *](.+)$/.exec(entry) ?? [];
      if (sum === undefined || path === undefined) return [];
      return [[escaped === "" ? path : path.replaceAll("\\\\", "\\"), sum] as const];
    }),
  );
}

function parseListings(paths: readonly string[], folders: readonly string[]): HostState["listings"] {
  return Object.fromEntries(
    folders.map((folder) => [folder, paths.filter((path) => path.startsWith(`${folder}/`)).toSorted()]),
  );
}

const containersSchema = z.array(
  z.object({
    Names: z.array(z.string()),
    Image: z.string().catch(""),
    State: z.string().catch(""),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

function parseContainers(text: string): readonly ContainerState[] {
  return parseJson(text, containersSchema).map((entry) => ({
    name: entry.Names[0] ?? "",
    image: entry.Image,
    running: entry.State === "running",
    labels: entry.Labels ?? {},
  }));
}

const imagesSchema = z.array(z.object({ Id: z.string(), Names: z.array(z.string()).nullish() }));

function parseImages(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parseJson(text, imagesSchema).flatMap((image) => (image.Names ?? []).map((name) => [name, image.Id] as const)),
  );
}

function parseJson<T>(text: string, schema: z.ZodType<T[]>): readonly T[] {
  if (text.trim() === "") return [];
  const parsed = schema.safeParse(JSON.parse(text) ?? []);
  if (parsed.success) return parsed.data;
  throw parsed.error;
}

/** Blocks of `Key=value` with an empty line between; `Listen` comes once for each address. */
function parseUnits(text: string): Readonly<Record<string, UnitState>> {
  return Object.fromEntries(
    text.split(/\n\n+/).flatMap((block) => {
      const entries = lines(block).map((entry) => splitAt(entry, "="));
      const value = (key: string): string => entries.find(([name]) => name === key)?.[1] ?? "";
      const listen = entries.filter(([key]) => key === "Listen").map(([, address]) => address.replace(/ \(\w+\)$/, ""));
      const unit = { load: value("LoadState"), active: value("ActiveState"), listen: listen.join(" ") };
      return value("Id") === "" ? [] : [[value("Id"), unit] as const];
    }),
  );
}

function parseFirewall(frames: Frames): HostState["firewall"] {
  const ports = frames.get("firewalld-ports");
  if (ports !== undefined) {
    const text = (name: string): string => frames.get(`firewalld-${name}`) ?? "";
    return { kind: "firewalld", open: openInFirewalld(ports, text("services"), text("lasting")) };
  }
  if (!/^ENABLED=yes$/im.test(frames.get("ufw") ?? "")) return undefined;
  return { kind: "ufw", open: openInUfw(frames.get("ufw-rules") ?? "") };
}

/** `stat -f`: free blocks, size of a block, free inodes, all blocks. File systems without a number of inodes say 0. */
function parseDisk(text: string): HostState["disk"] {
  const [free = 0, size = 0, inodes = 0, total = 0] = text.split(" ").map(Number);
  return { freeBytes: free * size, freeInodes: inodes, totalBytes: total * size };
}

function pairs(text: string): readonly (readonly [string, string])[] {
  return lines(text).map((entry) => splitAt(entry, "|"));
}

function splitAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((entry) => entry !== "");
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function number(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
