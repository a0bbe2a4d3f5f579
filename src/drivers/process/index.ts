import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { constants } from "node:os";
import { isAbsolute } from "node:path";
import { type Clock, HubError, KeyedQueue, systemClock } from "../../kernel/index.ts";
import { HUB_LABEL } from "../labels.ts";
import type {
  Driver,
  HomeSpec,
  LaunchSpec,
  Observed,
  PackOptions,
  Running,
  StartOptions,
  UnpackOptions,
  VolumeInfo,
} from "../port.ts";
import { PROCESS_CAPABILITIES } from "./capabilities.ts";
import { exportFolder } from "./export.ts";
import { fillFolder } from "./fill.ts";
import { listFolders, packFolder, unpackFolder } from "./folder-tar.ts";
import { identify, idOf, isAlive } from "./identity.ts";
import { spawnServer } from "./launch.ts";
import { lastLines } from "./output.ts";
import { volumeFolder } from "./paths.ts";
import { type ProcessRecord, RecordFolder } from "./records.ts";
import { signalGroup, stopGroup } from "./stop.ts";
import { Announcements, watchProcesses } from "./watch.ts";

export interface ProcessDriverOptions {
  /** Name of this hub; processes of others are never touched. */
  readonly hub: string;
  /** Absolute path of a folder for state and log files; made private when missing. */
  readonly stateFolder: string;
  /** Absolute path of the folder that holds the volumes, as folders. */
  readonly homes: string;
  readonly clock?: Clock;
}

/** Runs servers as plain processes of this account, for development. They outlive the hub and are found again by the next one. */
export function createProcessDriver(options: ProcessDriverOptions): Driver {
  for (const path of [options.stateFolder, options.homes]) {
    if (!isAbsolute(path)) throw new HubError("bad-config", `${path} must be an absolute path. Begin it with “/”.`);
  }
  return new ProcessDriver(options);
}

class ProcessDriver implements Driver {
  readonly kind = "process";
  readonly images = undefined;
  readonly #hub: string;
  readonly #homes: string;
  readonly #clock: Clock;
  readonly #records: RecordFolder;
  readonly #queue = new KeyedQueue();
  readonly #announcements = new Announcements();
  /** Ids of living processes that this hub started. */
  readonly #children = new Set<string>();

  constructor(options: ProcessDriverOptions) {
    this.#hub = options.hub;
    this.#homes = options.homes;
    this.#clock = options.clock ?? systemClock;
    this.#records = new RecordFolder(options.stateFolder);
  }

  async ping(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#records.prepare();
  }

  async capabilities() {
    return PROCESS_CAPABILITIES;
  }

  async ensureVolume(name: string): Promise<void> {
    await mkdir(volumeFolder(this.#homes, name), { recursive: true, mode: 0o700 });
  }

  async ownVolume(name: string): Promise<void> {
    throw new HubError(
      "conflict",
      `${name} is a folder of the account that runs the hub: servers are processes of this account here, and so its files cannot belong to others. Use the engine podman or docker for that.`,
    );
  }

  async fillHome(spec: HomeSpec, tar: AsyncIterable<Buffer>, options: { signal: AbortSignal }) {
    return await fillFolder(volumeFolder(this.#homes, spec.home.source), tar, options.signal);
  }

  async removeVolume(name: string): Promise<void> {
    // The name is escaped to one path element below the homes, and `rm` does not follow links.
    await rm(volumeFolder(this.#homes, name), { recursive: true, force: true });
  }

  async exportVolume(name: string, file: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await exportFolder(volumeFolder(this.#homes, name), name, file, signal);
  }

  listVolumes(): Promise<readonly VolumeInfo[]> {
    return listFolders(this.#homes);
  }

  packVolume(name: string, options: PackOptions): AsyncIterable<Buffer> {
    return packFolder(volumeFolder(this.#homes, name), name, options);
  }

  async unpackVolume(name: string, tar: AsyncIterable<Buffer>, options: UnpackOptions): Promise<void> {
    await unpackFolder(volumeFolder(this.#homes, name), name, tar, options);
  }

  start(spec: LaunchSpec, options: StartOptions): Promise<Running> {
    return this.#queue.run(spec.name, () => this.#start(spec, options));
  }

  stop(name: string, options: { graceSeconds: number; signal?: AbortSignal }): Promise<void> {
    return this.#queue.run(name, async () => {
      const record = await this.#own(name);
      if (record === undefined) return;
      if (await isAlive(record)) await stopGroup(record, options.graceSeconds, this.#clock, options.signal);
      await this.#records.remove(name);
    });
  }

  async observe(name: string): Promise<Observed | undefined> {
    const record = await this.#own(name);
    return record === undefined ? undefined : observed(record);
  }

  async list(hub: string): Promise<readonly Observed[]> {
    const records = await this.#records.all();
    return Promise.all(records.filter((record) => record.hub === hub).map(observed));
  }

  watch(hub: string, signal: AbortSignal) {
    const context = {
      records: this.#records,
      announcements: this.#announcements,
      clock: this.#clock,
      isChild: (record: ProcessRecord) => this.#children.has(idOf(record)),
    };
    return watchProcesses(context, hub, signal);
  }

  async logs(name: string, lines: number): Promise<string> {
    const record = await this.#own(name);
    return record === undefined ? "" : lastLines(this.#records.logPath(name), lines);
  }

  /** Servers go on; their ends are then noticed by the next hub. */
  async close(): Promise<void> {
    await this.#queue.idle();
  }

  async #own(name: string): Promise<ProcessRecord | undefined> {
    const record = await this.#records.read(name);
    return record?.hub === this.#hub ? record : undefined;
  }

  async #start(spec: LaunchSpec, { signal, onStep }: StartOptions): Promise<Running> {
    signal.throwIfAborted();
    await this.#clearLeftover(spec.name);
    onStep?.("create");
    await this.#records.prepare();
    signal.throwIfAborted();
    onStep?.("start");
    const child = await spawnServer(spec, this.#homes, this.#records.logPath(spec.name));
    const { pid } = child;
    const identity = pid === undefined ? undefined : await identify(pid);
    if (identity === undefined || hasEnded(child)) throw await this.#diedAtOnce(spec.name, child);
    const record: ProcessRecord = {
      ...identity,
      name: spec.name,
      hub: this.#hub,
      labels: { ...spec.labels, [HUB_LABEL]: this.#hub },
      port: spec.port,
    };
    try {
      await this.#records.write(record);
      signal.throwIfAborted();
    } catch (error) {
      signalGroup(identity.pid, "SIGKILL");
      await this.#records.remove(spec.name);
      throw error;
    }
    this.#follow(child, record);
    return { id: idOf(record), url: urlOf(record) };
  }

  /** @throws HubError `conflict` */
  async #clearLeftover(name: string): Promise<void> {
    const record = await this.#records.read(name);
    if (record === undefined) return;
    if (record.hub !== this.#hub) {
      throw new HubError("conflict", `The name ${name} is taken by a process of another hub. Stop it there first.`);
    }
    if (await isAlive(record)) {
      throw new HubError("conflict", `The server ${name} is running already. Stop it first, or use it as it is.`);
    }
    await this.#records.remove(name);
  }

  async #diedAtOnce(name: string, child: ChildProcess): Promise<HubError> {
    const exitCode = hasEnded(child) ? exitCodeOf(child) : undefined;
    const output = await lastLines(this.#records.logPath(name), 20);
    await this.#records.remove(name);
    return new HubError(
      "process-died",
      `The server ${name} ended at once${exitCode === undefined ? "" : ` with exit code ${exitCode}`}. Look at its output, and at the command.`,
      { facts: { output } },
    );
  }

  async #keepExitCode(record: ProcessRecord, exitCode: number): Promise<void> {
    const current = await this.#records.read(record.name);
    if (current !== undefined && idOf(current) === idOf(record)) await this.#records.write({ ...record, exitCode });
  }

  #follow(child: ChildProcess, record: ProcessRecord): void {
    const id = idOf(record);
    this.#children.add(id);
    const ended = hasEnded(child) ? Promise.resolve() : once(child, "exit");
    void ended.then(() => {
      const exitCode = exitCodeOf(child);
      // As in a container nothing outlives the first process: it would hold the port. Its number is not another group's yet.
      signalGroup(record.pid, "SIGKILL");
      // Behind a stop under way, which removes the record that must not come back.
      return this.#queue.run(record.name, async () => {
        // A record that cannot be kept (full disk) only loses the exit code: the pid tells the rest.
        await this.#keepExitCode(record, exitCode).catch(() => undefined);
        this.#children.delete(id);
        this.#announcements.tell({ kind: "ended", hub: record.hub, name: record.name, id, exitCode });
      });
    });
  }
}

async function observed(record: ProcessRecord): Promise<Observed> {
  const { name, labels, exitCode } = record;
  const running = exitCode === undefined && (await isAlive(record));
  return {
    name,
    id: idOf(record),
    labels,
    running,
    ...(running ? { url: urlOf(record) } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

function urlOf(record: ProcessRecord): string {
  return `http://127.0.0.1:${record.port}`;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A shell's convention for processes ended by a signal: 128 and its number. */
function exitCodeOf(child: ChildProcess): number {
  return child.exitCode ?? 128 + (child.signalCode === null ? 0 : constants.signals[child.signalCode]);
}
