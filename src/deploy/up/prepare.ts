import { stat } from "node:fs/promises";
import { join } from "node:path";
import { HubError } from "../../kernel/index.ts";
import type { HostFacts } from "../facts.ts";
import { readHost } from "../facts.ts";
import { installPackages, missingPackages } from "../packages.ts";
import type { Account } from "./account.ts";
import { ensureAccount, findAccount } from "./account.ts";
import { canUseAs } from "./as-account.ts";
import { cleanEnvironment } from "./become.ts";
import type { EngineChoice, EngineKind } from "./engine.ts";
import { chooseEngine } from "./engine.ts";
import { ensureEngineSettings } from "./engine-settings.ts";
import type { HostLimits } from "./limits.ts";
import { hostLimits } from "./limits.ts";
import type { Program } from "./program.ts";
import { programFor } from "./program.ts";
import { ensureRuntime } from "./runtime.ts";
import { ensureStateDir } from "./state-dir.ts";

export interface PrepareOptions {
  /** Name of the service account; used by root only. */
  readonly accountName: string;
  /** Its home; see `AccountWish`. */
  readonly home?: string;
  /** The state folder; `HOME/state` for the service account, `HOME/.local/state/hublet` for a person, when absent. */
  readonly stateDir?: string;
  readonly engine: "auto" | EngineKind;
  readonly buildImages: boolean;
  /** A registry of the hub's own is to run. */
  readonly registry?: boolean;
  /** Where this program lies. */
  readonly programRoot: string;
  /** Where root puts copies of the program; see `ProgramOptions.store`. */
  readonly programStore?: string;
  readonly dockerSocket?: string;
  readonly yes: boolean;
  readonly ask?: (question: string) => Promise<boolean>;
  /** Progress: `step` is a short noun ("packages"), `detail` a line for people. */
  readonly report: (step: string, detail: string) => void;
}

export interface PreparedHost {
  readonly account: Account;
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly engine: EngineChoice;
  /** Where to start `startPodmanService`, or Docker's socket; `undefined` for processes. */
  readonly socketPath: string | undefined;
  readonly program: Program;
  /** For every process of the account: give it to `reexecAs` and `startPodmanService`. */
  readonly env: Readonly<Record<string, string>>;
  /** Supplementary groups that the account's processes need (Docker's socket); give them to `reexecAs`. */
  readonly groups: readonly number[];
  readonly limits: HostLimits;
  readonly facts: HostFacts;
  /** Plain sentences to print. */
  readonly notes: readonly string[];
}

/**
 * Prepares this host, as root for the service account or as a person for themselves. Run again it changes nothing.
 * @throws HubError `packages-missing`, `account-unusable`, `engine-missing`, `engine-refused`, `state-unusable`, …
 */
export async function prepareHost(options: PrepareOptions): Promise<PreparedHost> {
  const { report } = options;
  const docker = options.dockerSocket === undefined ? {} : { dockerSocket: options.dockerSocket };
  const first = await readHost(docker);
  report("host", `${first.distribution.name}, Linux ${first.kernel}`);
  const notes: string[] = [];
  notes.push(...(await ensurePackages(first, options)));
  const account = first.uid === 0 ? await serviceAccount(options, notes) : await ownAccount(first.uid);
  const runtime = await ensureRuntime(account, first, (line) => report("runtime", line));
  notes.push(...runtime.notes);
  const facts = await readHost({ ...docker, account });
  const stateDir = options.stateDir ?? join(account.home, first.uid === 0 ? "state" : ".local/state/hublet");
  await ensureStateDir(account, stateDir);
  const engine = chooseEngine({ configured: options.engine, facts });
  report("engine", engine.why);
  notes.push(...engine.problems);
  if (!engine.usable) {
    throw new HubError(
      "engine-missing",
      `${engine.problems.join(" ")} Mend that, or choose another engine in the configuration.`,
    );
  }
  const settings =
    engine.kind === "podman" ? await ensureEngineSettings({ facts, account, runtime, stateDir }) : undefined;
  notes.push(...(settings?.notes ?? []));
  const limits = hostLimits(facts, engine.kind, runtime.systemdUser);
  notes.push(...limits.reasons);
  const program =
    first.uid === 0
      ? await programFor({
          account,
          root: options.programRoot,
          ...(options.programStore === undefined ? {} : { store: options.programStore }),
        })
      : { root: options.programRoot, node: process.execPath, copied: false, took: 0 };
  if (program.copied) report("program", `${program.root} (${program.took} ms)`);
  const groups = engine.kind === "docker" ? await socketGroups(facts, account, notes) : [];
  return {
    account,
    runtimeDir: runtime.runtimeDir,
    stateDir,
    engine,
    socketPath: {
      podman: join(runtime.runtimeDir, "hublet", "podman.sock"),
      docker: facts.dockerSocket,
      process: undefined,
    }[engine.kind],
    program,
    env: { ...cleanEnvironment(account, process.env, { XDG_RUNTIME_DIR: runtime.runtimeDir }), ...settings?.env },
    groups,
    limits,
    facts,
    notes,
  };
}

/** With `auto`, a host where Docker works already is left as it is when the packages may not be installed. */
async function ensurePackages(facts: HostFacts, options: PrepareOptions): Promise<readonly string[]> {
  const engine = options.engine === "auto" ? "podman" : options.engine;
  const missing = missingPackages(facts, {
    engine,
    buildImages: options.buildImages,
    registry: options.registry === true,
  });
  if (missing.length === 0) return [];
  options.report("packages", missing.map((entry) => entry.name).join(", "));
  const { yes, ask, report } = options;
  try {
    await installPackages({
      facts,
      missing,
      yes,
      ...(ask === undefined ? {} : { ask }),
      log: (line) => report("packages", line),
    });
    return [];
  } catch (error) {
    if (!(error instanceof HubError) || options.engine !== "auto" || !facts.dockerAnswers) throw error;
    return [error.message];
  }
}

async function serviceAccount(options: PrepareOptions, notes: string[]): Promise<Account> {
  const wish = { name: options.accountName, ...(options.home === undefined ? {} : { home: options.home }) };
  const ensured = await ensureAccount(wish, (line) => options.report("account", line));
  notes.push(...ensured.notes);
  const { account, created } = ensured;
  options.report(
    "account",
    `${account.name} (uid ${account.uid}, ${created ? "created" : "there already"}, home ${account.home})`,
  );
  return account;
}

async function ownAccount(uid: number): Promise<Account> {
  const account = await findAccount(uid);
  if (account === undefined) {
    throw new HubError(
      "account-unusable",
      `The user id ${uid} has no account on this host, so it has no home folder. Add one, or start as another user.`,
    );
  }
  return account;
}

/** The group of Docker's socket, for a service account that is not in it. */
async function socketGroups(facts: HostFacts, account: Account, notes: string[]): Promise<readonly number[]> {
  notes.push(
    `Docker runs as root: whoever takes over the account ${account.name} controls this host. Rootless Podman avoids that, and “hublet apply” puts a broker between hub and Docker.`,
  );
  if (facts.uid !== 0 || (await canUseAs(account, facts.dockerSocket))) return [];
  const socket = await stat(facts.dockerSocket);
  if (socket.gid !== 0 && (socket.mode & 0o060) === 0o060) return [socket.gid];
  throw new HubError(
    "engine-unreachable",
    `The account “${account.name}” cannot open ${facts.dockerSocket}, and no group but root's can. Start Docker with a group (dockerd --group docker), or choose Podman.`,
  );
}
