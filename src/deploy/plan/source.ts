/** From configuration files on this machine to what a host is to be. */
import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { addRecipient, findIdentities, loadSnapshot, readVault, vaultPath } from "../../config/index.ts";
import type { Config } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { registryImage } from "../image/registry-image.ts";
import type { ProgramImages } from "../image/types.ts";
import { readConfigFiles } from "../model/config-files.ts";
import { configFolderOf, deployedEngine, describeDeployment } from "../model/describe.ts";
import { composeFiles } from "../render/compose.ts";
import { quadletFiles } from "../render/quadlet.ts";
import type { Target, VaultPort } from "./target.ts";

export interface SourceOptions {
  /** The main file, absolute. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The host is the one that this program runs on. */
  readonly local: boolean;
  /** What this program makes; undefined where earlier images are used. */
  readonly images: ProgramImages;
  readonly version: string;
  /** Name of the first admin. */
  readonly admin?: string;
}

/** The configuration, to find out which host it is for. @throws HubError `bad-config`, `state-unusable` */
export async function readSource(
  file: string,
  environment: SourceOptions["environment"],
): Promise<{ readonly config: Config; readonly warnings: readonly string[] }> {
  const { config, warnings } = await loadSnapshot({ file, environment });
  return { config, warnings };
}

/** @throws HubError `bad-config` with every problem, `state-unusable`, `vault-unusable` */
export async function targetOf(options: SourceOptions): Promise<Target> {
  const { file, environment, images } = options;
  const snapshot = await loadSnapshot({ file, environment });
  refuseOtherEngine(snapshot.config);
  const files = await readConfigFiles(snapshot, file);
  const inPlace = options.local && files.folder === configFolderOf(snapshot.config.deploy.account);
  const engine = deployedEngine(snapshot.config, environment);
  const registry = snapshot.config.registry === undefined ? undefined : await registryImage(images.hub.architecture);
  const deployment = describeDeployment({
    snapshot,
    engine,
    images: {
      hub: images.hub.reference,
      proxy: images.proxy.reference,
      ...(registry === undefined ? {} : { registry: registry.reference }),
    },
    version: options.version,
    files,
    inPlace,
    ...(options.admin === undefined ? {} : { admin: options.admin }),
  });
  const rendered = engine.kind === "docker" ? composeFiles(deployment) : quadletFiles(deployment);
  return {
    deployment,
    units: Object.fromEntries(rendered.map(({ path, text }) => [path, text])),
    modes: Object.fromEntries(rendered.map(({ path, mode }) => [path, mode])),
    programImages: [images.hub, images.proxy, ...(registry === undefined ? [] : [registry])],
    configuration: files.files,
    inPlace,
    keptFiles: [],
    vault: vaultBeside(file, files.folder, environment),
    databaseFrom: undefined,
  };
}

/** The vault is changed where it lies: in the folder that is applied, which may be in git. */
function vaultBeside(
  configFile: string,
  folder: string,
  environment: SourceOptions["environment"],
): VaultPort | undefined {
  const file = vaultPath(configFile);
  const vault = readVault(file);
  if (vault === undefined) return undefined;
  return {
    path: relative(folder, file).split(sep).join("/"),
    recipients: Object.fromEntries(vault.recipients),
    addRecipient: async (name, recipient) => {
      const identities = findIdentities({ environment });
      await addRecipient(file, name, recipient, identities.keys);
    },
    content: () => readFile(file),
  };
}

/** People's servers run where hub and proxy do. */
function refuseOtherEngine({ engine, deploy }: Config): void {
  if (engine === "auto" || engine === deploy.engine) return;
  throw new HubError(
    "host-unsuitable",
    `engine is ${engine}, and deploy.engine is ${deploy.engine}: “hublet apply” sets up one engine for all. Leave engine out or set it to ${deploy.engine}; “hublet up” serves with ${engine}.`,
  );
}
