import { HubError } from "../kernel/index.ts";
import type { HostFacts } from "./facts.ts";
import { run } from "./run.ts";

/** What the packages are for. */
export interface PackageWish {
  readonly engine: "podman" | "docker" | "process";
  /** Notebook images may have to be built here from Debian's packages, because no registry may be reachable. */
  readonly buildImages: boolean;
  /** A registry of the hub's own is to run here. */
  readonly registry?: boolean;
}

export interface MissingPackage {
  readonly name: string;
  /** What it is needed for, as the end of the sentence “NAME: …”. */
  readonly why: string;
}

/** What of a host the rules look at; also known of hosts behind ssh. */
export type PackageFacts = Pick<
  HostFacts,
  "distribution" | "kernel" | "systemd" | "cgroups" | "commands" | "podmanVersion" | "userBus" | "debianKeyring"
>;

interface Rule extends MissingPackage {
  readonly present: boolean;
  readonly needed: boolean;
}

/** The packages that are missing for `wish` on this host, by the names its distribution gives them. */
export function missingPackages(facts: PackageFacts, wish: PackageWish): readonly MissingPackage[] {
  const family = facts.distribution.family;
  if (family === "other") return [];
  const rules = family === "debian" ? debianRules(facts, wish) : fedoraRules(facts, wish);
  return rules.filter((rule) => rule.needed && !rule.present).map(({ name, why }) => ({ name, why }));
}

function debianRules(facts: PackageFacts, wish: PackageWish): readonly Rule[] {
  const has = facts.commands;
  const podman = wish.engine === "podman";
  return [
    rule("podman", "runs the notebook servers in containers", podman, has.podman),
    rule("uidmap", "lets an account without privileges use its range of user ids", podman, has.newuidmap),
    ...commonRules(facts, podman, { fuse: "fuse-overlayfs", iptables: "iptables", nft: "nftables", pasta: "passt" }),
    // Without its own daemon the user manager of an account has no bus, and Podman then no cgroups of systemd.
    rule(
      "dbus-user-session",
      "lets systemd enforce the limits of containers",
      podman && facts.systemd,
      facts.userBus ? "yes" : undefined,
    ),
    rule("mmdebstrap", "builds a notebook image when none can be downloaded", wish.buildImages, has.mmdebstrap),
    rule(
      "debian-archive-keyring",
      "checks the packages that go into an image",
      wish.buildImages,
      facts.debianKeyring ? "yes" : undefined,
    ),
    rule(REGISTRY_PACKAGE, "keeps the images of the own registry", wish.registry === true, has["docker-registry"]),
    rule("docker.io", "runs the notebook servers in containers", wish.engine === "docker", has.docker),
  ];
}

function fedoraRules(facts: PackageFacts, wish: PackageWish): readonly Rule[] {
  const podman = wish.engine === "podman";
  return [
    rule("podman", "runs the notebook servers in containers", podman, facts.commands.podman),
    rule(
      "shadow-utils",
      "lets an account without privileges use its range of user ids",
      podman,
      facts.commands.newuidmap,
    ),
    ...commonRules(facts, podman, {
      fuse: "fuse-overlayfs",
      iptables: "iptables-nft",
      nft: "nftables",
      pasta: "passt",
    }),
    rule("moby-engine", "runs the notebook servers in containers", wish.engine === "docker", facts.commands.docker),
  ];
}

function commonRules(
  facts: PackageFacts,
  podman: boolean,
  names: Readonly<Record<"fuse" | "iptables" | "nft" | "pasta", string>>,
): readonly Rule[] {
  const has = facts.commands;
  const oldCgroups = facts.cgroups.mode !== "v2";
  const modern = podmanMajor(facts) >= 5;
  return [
    rule(
      "runc",
      "runs containers where control groups are of version 1, which crun refuses",
      podman && oldCgroups,
      has.runc,
    ),
    rule("crun", "runs containers", podman && !oldCgroups, has.crun ?? has.runc),
    // Podman 5 connects rootless containers with pasta; before, it knows slirp4netns alone.
    rule("slirp4netns", "connects containers to the network", podman && !modern, has.slirp4netns),
    rule(names.pasta, "connects containers to the network", podman && modern, has.pasta),
    rule("netavark", "connects containers to each other", podman, has.netavark),
    rule("aardvark-dns", "lets containers find each other by name", podman, has["aardvark-dns"]),
    rule(names.iptables, "opens the ports of containers", podman && !modern, has.iptables),
    rule(names.nft, "opens the ports of containers", podman && modern, has.nft ?? has.iptables),
    // Overlay mounts without privileges came with Linux 5.11 (5.13 with SELinux).
    rule(
      names.fuse,
      "stores layers of images on this older kernel",
      podman && !kernelAtLeast(facts.kernel, 5, 13),
      has["fuse-overlayfs"],
    ),
    rule("catatonit", "is the first process of a container and collects dead ones", podman, has.catatonit),
  ];
}

/** Its own service would listen on every address, without a password, as soon as it is installed. */
const REGISTRY_PACKAGE = "docker-registry";
const MASK_REGISTRY = ["systemctl", "mask", "docker-registry.service"];

/** The commands that install `names`, or `undefined` where no package manager is known. */
export function installCommand(
  facts: Pick<HostFacts, "distribution" | "systemd">,
  names: readonly string[],
): readonly (readonly string[])[] | undefined {
  if (facts.distribution.family === "debian") {
    return [
      ...(facts.systemd && names.includes(REGISTRY_PACKAGE) ? [MASK_REGISTRY] : []),
      ["apt-get", "update"],
      ["apt-get", "install", "-y", "--no-install-recommends", ...names],
    ];
  }
  if (facts.distribution.family === "fedora") {
    return [["dnf", "install", "-y", "--setopt=install_weak_deps=False", ...names]];
  }
  return undefined;
}

/** The same as text that a person can paste. */
export function installText(facts: HostFacts, names: readonly string[]): string {
  const sudo = facts.uid === 0 ? "" : "sudo ";
  return (installCommand(facts, names) ?? []).map((argv) => `${sudo}${argv.join(" ")}`).join(" && ");
}

export interface InstallOptions {
  readonly facts: HostFacts;
  readonly missing: readonly MissingPackage[];
  /** Install without asking. */
  readonly yes: boolean;
  /** Asks a yes/no question on the terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<boolean>;
  /** Short progress, one line each. */
  readonly log: (line: string) => void;
}

/**
 * Installs what is missing: with `yes`, or after one question.
 * @throws HubError `packages-missing` with the exact command, when it may not install (not root, nobody to ask, "no").
 */
export async function installPackages(options: InstallOptions): Promise<void> {
  const { facts, missing } = options;
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.name);
  const commands = installCommand(facts, names);
  if (facts.uid !== 0 || commands === undefined) throw refusal(facts, missing, "Only root can install packages.");
  if (!options.yes) {
    if (options.ask === undefined)
      throw refusal(facts, missing, "Nobody is there to be asked, and --yes was not given.");
    const list = missing.map((entry) => `  ${entry.name}: ${entry.why}`).join("\n");
    const agreed = await options.ask(`Hublet needs these packages on this host:\n${list}\nInstall them now?`);
    if (!agreed) throw refusal(facts, missing, "You chose not to install them.");
  }
  for (const argv of commands) {
    options.log(argv.join(" "));
    const result = await run(argv, {
      env: { ...passedOn(), DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
      timeout: 15 * 60_000,
      onLine: (line) => {
        if (/^(Setting up|Unpacking|Err:|E:|Installing)/.test(line.trim())) options.log(line.trim());
      },
    });
    // A stale or partly unreachable package list is no reason to give up: the install itself tells.
    if (result.code !== 0 && !argv.includes("update")) {
      throw new HubError(
        "packages-missing",
        `Installing ${names.join(", ")} failed: ${result.stderr.trim().slice(-400)} Repair the package manager, then run: ${installText(facts, names)}`,
      );
    }
  }
}

function refusal(facts: HostFacts, missing: readonly MissingPackage[], reason: string): HubError {
  const names = missing.map((entry) => entry.name);
  const command = installText(facts, names);
  const advice = command === "" ? "Install them with the host's package manager." : `Run: ${command}`;
  return new HubError("packages-missing", `This host lacks ${names.join(", ")}. ${reason} ${advice}`, {
    facts: { packages: names, command },
  });
}

/** Proxies and the like that a package manager may need; nothing else of the caller's environment. */
function passedOn(): Record<string, string> {
  const env: Record<string, string> = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  for (const name of ["http_proxy", "https_proxy", "no_proxy", "HOME", "TERM"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function rule(name: string, why: string, needed: boolean, proof: string | undefined): Rule {
  return { name, why, needed, present: proof !== undefined };
}

/** Podman's major version; when it is not installed yet, the one its distribution carries. */
export function podmanMajor(facts: Pick<HostFacts, "distribution" | "podmanVersion">): number {
  if (facts.podmanVersion !== undefined) return Number.parseInt(facts.podmanVersion, 10) || 0;
  const { id, version } = facts.distribution;
  const release = Number.parseInt(version, 10);
  if (id === "debian") return release <= 12 ? 4 : 5;
  if (id === "ubuntu") return release <= 22 ? 3 : release === 24 ? 4 : 5;
  return 5;
}

function kernelAtLeast(kernel: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}
