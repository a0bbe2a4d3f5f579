/** A deployment made of text, and a host that is as it says: for tests of planners, which are plain functions. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FileState, HostState, UnitState } from "../host/state.ts";
import type { ProgramImage } from "../image/types.ts";
import { SECRET_PREFIX, UNIT_LABEL } from "../model/deployment.ts";
import type { HostSteps } from "../steps/host/host-steps.ts";
import { registryFiles } from "../steps/registry.ts";
import { NO_RECORDS } from "./records.ts";
import { ENGINE_SOCKET_UNIT, enabledLink, foldersDownTo } from "./situation.ts";
import { targetOf } from "./source.ts";
import { mountedFolders, type Situation, type Target } from "./target.ts";
import type { Generation } from "./types.ts";
import { OWN_FILES, readUnits } from "./unit-texts.ts";

export const ACCOUNT = { name: "hublet", uid: 990, gid: 980, home: "/var/lib/hublet" };
export const NO_HOST_STEPS: HostSteps = { steps: [], notes: [], refusal: undefined };

export interface Described {
  readonly files?: Readonly<Record<string, string>>;
  readonly hub?: string;
  readonly proxy?: string;
  /** The files are those of the host's own folder. */
  readonly inPlace?: boolean;
}

/** What `apply` makes of a folder with these files. */
export async function described({
  files = {},
  hub = "1-aaa",
  proxy = "1-bbb",
  inPlace = false,
}: Described = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-planned-"));
  try {
    for (const [path, text] of Object.entries({ "hublet.yaml": "listen: 0.0.0.0:8443\n", ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, { mode: 0o600 });
    }
    const target = await targetOf({
      file: join(folder, "hublet.yaml"),
      environment: { HOME: folder },
      local: false,
      images: { hub: image(`localhost/hublet-hub:${hub}`), proxy: image(`localhost/hublet-proxy:${proxy}`) },
      version: "1.0.0",
    });
    return { ...target, inPlace };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function image(reference: string): ProgramImage {
  return { reference, digest: "0".repeat(64), architecture: "x86_64", write: () => Promise.resolve() };
}

/** A host on which nothing of ours is. */
export function freshHost(): Situation {
  return {
    records: NO_RECORDS,
    state: {
      hostname: "lab",
      fqdn: "lab.example.org",
      distribution: { family: "debian", id: "debian", name: "Debian", version: "13" },
      kernel: "6.12",
      architecture: "x86_64",
      systemd: 257,
      cgroups: { mode: "v2", available: ["cpu", "memory", "pids"], delegated: [] },
      selinux: "disabled",
      selinuxTypes: {},
      commands: {},
      podman: "5.4.2",
      docker: undefined,
      quadlet: true,
      userBus: true,
      pamSystemd: true,
      accountFiles: { passwd: "", group: "", subuid: "", subgid: "" },
      account: undefined,
      homeOwner: undefined,
      files: {},
      contents: {},
      listings: {},
      containers: [],
      images: {},
      podmanSecrets: [],
      units: {},
      listening: [],
      firewall: undefined,
      packetFilter: false,
      disk: { freeBytes: 1e11, freeInodes: 1e7, totalBytes: 1e12 },
    },
  };
}

/** A host to which this was applied. */
export function hostInOrder(target: Target): Situation {
  const { deployment, units, modes } = target;
  const { home, configFolder } = deployment;
  const wished = readUnits(units);
  const files: Record<string, FileState> = {};
  const contents: Record<string, string> = {};
  const put = (path: string, text: string | Buffer, mode: number, owner: { uid: number; gid: number }): void => {
    const sha256 = createHash("sha256").update(text).digest("hex");
    files[path] = { sha256, mode, uid: owner.uid, gid: owner.gid, kind: "file" };
    contents[path] = text.toString();
  };
  const root = { uid: 0, gid: ACCOUNT.gid };
  const folder = (path: string): void => {
    files[path] = { sha256: "", mode: 0o750, ...root, kind: "folder" };
  };
  folder(configFolder);
  for (const path of mountedFolders(target)) folder(path);
  for (const { path, content } of target.configuration) {
    for (const between of foldersDownTo(configFolder, join(configFolder, path))) folder(between);
    put(join(configFolder, path), content, 0o640, root);
  }
  for (const [path, text] of Object.entries(units)) put(join(home, path), text, modes[path] ?? 0o600, ACCOUNT);
  for (const path of registryFiles(target)) put(path, "hublet:HASH", 0o600, ACCOUNT);
  const states: Record<string, UnitState> = {};
  const active = (unit: string, listen = ""): void => {
    states[unit] = { load: "loaded", active: "active", listen };
    const kind = unit.endsWith(".timer") ? "timers" : "sockets";
    if (!unit.endsWith(".service"))
      files[enabledLink(home, kind, unit)] = { sha256: "", mode: 0o777, uid: 990, gid: 980, kind: "link" };
  };
  active(ENGINE_SOCKET_UNIT);
  for (const { name } of wished.containers) active(`${name}.service`);
  for (const { name, listen } of wished.sockets) active(`${name}.socket`, `${listen} (Stream)`);
  for (const name of wished.timers) active(`${name}.timer`);
  const fresh = freshHost();
  return {
    records: { ...fresh.records, current: generationOf(target, 1), numbers: [1], recipient: "age1host" },
    state: {
      ...fresh.state,
      account: {
        ...{
          ...ACCOUNT,
          linger: true,
          manager: true,
          lowPorts: true,
          homeOwner: ACCOUNT.uid,
          dropIn: undefined,
          managerFresh: true,
        },
      },
      files,
      contents,
      listings: {
        ...Object.fromEntries(OWN_FILES.map(([folder]) => [join(home, folder), under(join(home, folder))])),
        [configFolder]: under(configFolder),
      },
      containers: wished.containers.map(({ name, image: reference, label }) => ({
        ...{ name, image: reference, running: true, labels: { [UNIT_LABEL]: label } },
      })),
      images: Object.fromEntries(
        [...Object.values(wished.images), ...deployment.serverImages].map((reference) => [reference, "id"]),
      ),
      podmanSecrets: deployment.secrets.map(({ name }) => `${SECRET_PREFIX}${name}`),
      units: states,
    },
  };

  function under(path: string): string[] {
    return Object.keys(files).filter((each) => each.startsWith(`${path}/`) && files[each]?.kind === "file");
  }
}

export function generationOf(target: Target, number: number): Generation {
  return {
    ...{ number, created: "2026-01-01T00:00:00.000Z", by: "root", version: "1.0.0" },
    images: readUnits(target.units).images,
    units: target.units,
    configuration: Object.fromEntries(
      target.configuration.map(({ path, content, secret }) => [path, secret ? null : content.toString()]),
    ),
    databaseBackup: null,
    databaseVersion: "0001",
  };
}

/** The same host with some of its state changed. */
export function changed(situation: Situation, change: Partial<HostState>): Situation {
  return { ...situation, state: { ...situation.state, ...change } };
}
