import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { join, relative } from "node:path";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import type { LaunchSpec } from "../port.ts";
import { volumeFolder } from "./paths.ts";

/** What a server may see of the hub's own environment, which holds secrets. */
const PASSED_ON = ["PATH", "LANG", "LC_ALL", "HOME", "USER", "SHELL"] as const;

/** Starts the process, detached: it leads a session and group of its own and outlives the hub. @throws HubError `engine-refused` */
export async function spawnServer(spec: LaunchSpec, homes: string, logPath: string): Promise<ChildProcess> {
  const [program, ...args] = spec.command ?? [];
  if (program === undefined) {
    throw new HubError(
      "engine-refused",
      `The server ${spec.name} has no command, and a process has no image that brings one. Set the command of this environment.`,
    );
  }
  const bind = spec.mounts.find(({ kind }) => kind === "bind");
  if (bind !== undefined) {
    throw new HubError(
      "mount-missing",
      `${bind.source} cannot be mounted at ${bind.target}: servers are local processes here, which have no mounts. Use Podman or Docker, or leave the mount out.`,
    );
  }
  const folders = await makeVolumes(spec, homes);
  const cwd = workingDirectory(spec, folders);
  const log = await open(logPath, "w", 0o600);
  try {
    const child = spawn(program, args, {
      cwd,
      env: environment(spec, folders[0]?.folder),
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    return child;
  } catch (error) {
    if (systemCode(error) === "ENOENT") {
      throw new HubError(
        "image-missing",
        `The program “${program}” is not installed on this host. Local processes bring no image: install it (for JupyterLab with JupyterHub the packages jupyterlab and jupyterhub), set another command, or choose Podman or Docker as engine.`,
        { cause: error },
      );
    }
    throw new HubError(
      "engine-refused",
      `“${program}” could not be run in ${cwd}: ${messageOf(error)}. Check that the program is installed and the folder is there.`,
      { cause: error },
    );
  } finally {
    await log.close();
  }
}

interface VolumeFolder {
  readonly target: string;
  readonly folder: string;
}

async function makeVolumes(spec: LaunchSpec, homes: string): Promise<readonly VolumeFolder[]> {
  const folders = spec.mounts
    .filter((mount) => mount.kind === "volume")
    .map((mount) => ({ target: mount.target, folder: volumeFolder(homes, mount.source) }));
  for (const { folder } of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
  return folders;
}

/** A path inside a mounted volume is that volume's folder; anything else is taken as a path of this host. */
function workingDirectory(spec: LaunchSpec, folders: readonly VolumeFolder[]): string {
  const wanted = spec.workingDirectory;
  if (wanted === undefined) return folders[0]?.folder ?? "/";
  for (const { target, folder } of folders) {
    const inside = relative(target, wanted);
    if (!inside.startsWith("..")) return join(folder, inside);
  }
  return wanted;
}

/** The first volume is the home. */
function environment(spec: LaunchSpec, home: string | undefined): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  if (home !== undefined) env.HOME = home;
  Object.assign(env, spec.environment);
  for (const [name, secret] of Object.entries(spec.secretEnvironment)) env[name] = secret.reveal();
  return env;
}
