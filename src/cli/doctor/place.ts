/** Which host, account and configuration the doctor looks at. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { loadSnapshot, parseConfig } from "../../config/index.ts";
import type { Config } from "../../contract/index.ts";
import { type DoctorTarget, findAccount, type Host, openHost, openOwnHost } from "../../deploy/index.ts";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import { recordsFolder } from "../deployed/find.ts";

export interface DoctorPlace {
  readonly target: DoctorTarget;
  readonly config: Config | undefined;
  /** Why the configuration cannot be used as it is. */
  readonly configProblem: string | undefined;
  /** What else a person should know, in sentences. */
  readonly notes: readonly string[];
}

/** Root looks at the whole host, an ordinary person at what they may see. @throws HubError as `openHost` */
export async function openDoctorHost(context: CliContext, target: string | undefined): Promise<Host> {
  if (target === undefined && context.uid !== 0) return openOwnHost();
  const { interactive, askSecret, note } = context;
  return openHost({ target, interactive, askSecret, note });
}

/** @throws HubError `host-unreachable` */
export async function doctorPlace(context: CliContext, host: Host): Promise<DoctorPlace> {
  const instance = context.instance();
  const own = host.local && context.uid !== 0;
  const known = await configurationOf(context, host);
  // The configuration's word holds for “apply”; --account and the rest of the command line for what “up” started.
  const service = accountOf(instance.account, known.config);
  const name = own ? ((await findAccount(context.uid))?.name ?? String(context.uid)) : service;
  const home = own ? (context.env.HOME ?? "/") : `/var/lib/${name}`;
  const here = own || (host.local && name === instance.account);
  const target = {
    account: name,
    home,
    configFile: known.path,
    state: here ? instance.state : join(home, "state"),
    records: recordsFolder(name),
  };
  const notes =
    own && existsSync(recordsFolder(service))
      ? ["“hublet apply” has set up a hub on this host: look at that one with “sudo hublet doctor”."]
      : [];
  return { target, config: known.config, configProblem: known.problem, notes };
}

function accountOf(given: string, config: Config | undefined): string {
  return given !== "hublet" || config === undefined ? given : config.deploy.account;
}

interface KnownConfiguration {
  /** Where the main file is on the host. */
  readonly path: string;
  readonly config: Config | undefined;
  readonly problem: string | undefined;
}

/** From here where there is one, as for “apply”; else the file that lies on the host. */
async function configurationOf(context: CliContext, host: Host): Promise<KnownConfiguration> {
  const { config: file, account } = context.instance();
  if (!host.local && !existsSync(file)) {
    const path = join(folderOf(account), "hublet.yaml");
    const bytes = await host.readFile(path);
    if (bytes === undefined) return { path, config: undefined, problem: undefined };
    return { path, ...(await attempt(async () => parseConfig(bytes.toString("utf8"), path))) };
  }
  if (!existsSync(file)) return { path: file, config: undefined, problem: undefined };
  const whole = await attempt(async () => (await loadSnapshot({ file, environment: context.env })).config);
  // What the file says by itself is enough for most checks, also while a certificate or a secret is wrong.
  const alone = whole.config ?? (await attempt(async () => parseConfig(await readFile(file, "utf8"), file))).config;
  const path = host.local ? file : join(folderOf(accountOf(account, alone)), basename(file));
  return { path, config: alone, problem: whole.problem };
}

/** Where “apply” puts the configuration of an account. */
function folderOf(account: string): string {
  return account === "hublet" ? "/etc/hublet" : `/etc/hublet-${account}`;
}

async function attempt(read: () => Promise<Config>): Promise<Pick<KnownConfiguration, "config" | "problem">> {
  try {
    return { config: await read(), problem: undefined };
  } catch (error) {
    if (error instanceof HubError) return { config: undefined, problem: error.message };
    if (systemCode(error) !== undefined) return { config: undefined, problem: messageOf(error) };
    throw error;
  }
}
