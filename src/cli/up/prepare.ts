/** The first stage of `hublet up`: checks everything that can be refused, then prepares the host. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CONFIG_VARIABLES,
  dummyExposure,
  firstConfig,
  isLoopback,
  loadSnapshot,
  parseConfig,
  personIdentity,
  writeFirstConfig,
} from "../../config/index.ts";
import type { Config } from "../../contract/index.ts";
import { type PreparedHost, prepareHost } from "../../deploy/index.ts";
import { HubError, userName } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import { openToAccount } from "./config-access.ts";
import { checkConfigOwner } from "./config-owner.ts";
import { isLocked, lockedError } from "./lock.ts";
import { type LaunchPlan, publicAddress, splitListen } from "./plan.ts";
import { checkAddress } from "./port-check.ts";
import { checkSpace } from "./state-folder.ts";
import { letHubOpenVault } from "./vault-access.ts";
import { ensureWeb } from "./web-build.ts";

export interface UpOptions {
  readonly yes: boolean;
  readonly listen: string | undefined;
  readonly engine: string | undefined;
  readonly admin: string;
  readonly stopServers: boolean;
  readonly version: string;
}

export interface Prepared {
  readonly plan: LaunchPlan;
  readonly host: PreparedHost;
}

/**
 * Nothing is changed on the host until configuration, lock and address have been checked.
 * @throws HubError with what is wrong and what to do
 */
export async function prepare(context: CliContext, options: UpOptions): Promise<Prepared> {
  const instance = context.instance();
  const admin = userName(options.admin);
  checkConfigOwner(instance.config);
  const fresh = !existsSync(instance.config);
  const written = {
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    ...(options.engine === undefined ? {} : { engine: options.engine }),
  };
  const read = fresh
    ? { config: parseConfig(firstConfig(written), "the command line"), files: [] }
    : await readConfig(instance.config, instance.state, context.env);
  const config = withOverrides(read.config, options);
  const exposed = dummyExposure(config);
  if (exposed !== undefined) throw new HubError("bad-config", `signIn.dummy cannot be used so: ${exposed}.`);
  if (await isLocked(instance.state)) throw lockedError(instance.state);
  checkSpace(instance.state);
  const listen = splitListen(config.listen);
  await checkAddress(listen.host, listen.port, "“listen” in hublet.yaml or --listen");
  const redirectFrom = config.tls?.redirectFrom;
  if (redirectFrom !== undefined)
    await checkAddress(listen.host, redirectFrom, "“tls.redirectFrom” in hublet.yaml, or leave it out");
  const registry = config.engine === "process" ? undefined : config.registry;
  if (registry !== undefined) await checkAddress("127.0.0.1", registry.port, "“registry.port” in hublet.yaml");

  await ensureWeb(context.root, context.note);
  const host = await prepareHost({
    accountName: instance.account,
    stateDir: instance.state,
    engine: config.engine,
    buildImages: true,
    registry: registry !== undefined,
    programRoot: context.root,
    ...(config.engine === "docker" && config.engineSocket !== undefined ? { dockerSocket: config.engineSocket } : {}),
    yes: options.yes || context.env.HUBLET_YES === "1",
    ...(context.interactive ? { ask: context.confirm } : {}),
    report: (step, detail) => context.note(`  ${step.padEnd(12)}  ${detail}`),
  });
  const root = process.getuid?.() === 0;
  // A file that is written now is the account's to read from the start, and its folder may not be there yet.
  if (root && !fresh)
    for (const path of openToAccount(instance.config, read.files, host.account.gid))
      context.note(`  ${"config".padEnd(12)}  ${host.account.name} may read ${path} now`);
  if (fresh) {
    writeFirstConfig(instance.config, { ...written, ...(root ? { group: host.account.gid } : {}) });
    context.note(`  ${"config".padEnd(12)}  wrote ${instance.config}`);
  }
  const { config: file, state } = instance;
  const opened = root
    ? await letHubOpenVault({ config: file, state, account: host.account, environment: context.env })
    : undefined;
  if (opened !== undefined) context.note(`  ${"vault".padEnd(12)}  ${opened}`);
  return {
    plan: planOf(),
    host: { ...host, env: { ...host.env, ...configVariables(context.env), ...(root ? {} : ownIdentity(context.env)) } },
  };

  function planOf(): LaunchPlan {
    return {
      program: host.program.root,
      version: options.version,
      config: instance.config,
      state: instance.state,
      secrets: instance.secrets,
      hostRoot: "",
      engine: {
        kind: host.engine.kind,
        why: host.engine.why,
        socket: host.engine.kind === "podman" ? join(instance.state, "run", "engine.sock") : (host.socketPath ?? null),
      },
      cache: join(host.account.home, ".cache", "hublet"),
      notes: [
        ...host.notes.filter((note) => !host.limits.reasons.includes(note)),
        ...exposureNotes(listen.host, config),
      ],
      limitNotes: [...host.limits.reasons],
      admin,
      listen,
      address: publicAddress(config.publicUrl, listen, config.tls !== undefined),
      logLevel: config.logLevel,
      stopServers: options.stopServers,
      startedAs: root ? "root" : host.account.name,
    };
  }
}

/** With every file that it is made of, root obeys it: each must be root's alone to write. */
async function readConfig(
  file: string,
  state: string,
  environment: CliContext["env"],
): Promise<{ readonly config: Config; readonly files: readonly string[] }> {
  const { config, files } = await loadSnapshot({ file, environment, state });
  const own = files.filter((each) => each !== "/etc/passwd");
  for (const each of own) checkConfigOwner(each);
  return { config, files: own };
}

/** What the hub's configuration may take from the environment it is started in. */
function configVariables(environment: CliContext["env"]): Record<string, string> {
  return Object.fromEntries(
    CONFIG_VARIABLES.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

/** A hub that runs as the person opens the vault by the person's own key, wherever that is. */
function ownIdentity(environment: CliContext["env"]): Record<string, string> {
  const file = personIdentity(environment);
  return existsSync(file) ? { HUBLET_IDENTITY: file } : {};
}

/** Settings of the command line win over the file for this run. @throws HubError `usage` */
function withOverrides(config: Config, options: UpOptions): Config {
  if (options.listen === undefined && options.engine === undefined) return config;
  const text = JSON.stringify({
    ...(options.listen === undefined ? {} : { listen: options.listen }),
    ...(options.engine === undefined ? {} : { engine: options.engine }),
  });
  try {
    const checked = parseConfig(text, "the command line");
    return {
      ...config,
      ...(options.listen === undefined ? {} : { listen: checked.listen }),
      ...(options.engine === undefined ? {} : { engine: checked.engine }),
    };
  } catch (error) {
    throw new HubError(
      "usage",
      `--listen or --engine is wrong. ${error instanceof Error ? (error.message.split("\n").at(-1) ?? "") : ""}`,
      { cause: error },
    );
  }
}

function exposureNotes(host: string, config: Config): string[] {
  if (isLoopback(host) || config.tls !== undefined || config.publicUrl?.startsWith("https:") === true) return [];
  return [
    `Hublet listens on ${host} without TLS: passwords can be read on the network. Set tls, or put a TLS proxy in front and set publicUrl.`,
  ];
}
