/** What a host is compared with: what it is to be, and what it is. Both are values, so that planning is a plain function. */
import type { HostState } from "../host/state.ts";
import type { ProgramImage } from "../image/types.ts";
import type { Deployment } from "../model/deployment.ts";
import { brokerFolder } from "../model/describe.ts";
import type { Records } from "./records.ts";

/** A file of the configuration. */
export interface ConfigurationFile {
  /** Relative to the configuration's folder. */
  readonly path: string;
  readonly content: Buffer;
  /** Holds a private key or another secret: never shown, never recorded. */
  readonly secret: boolean;
}

/** The vault of the configuration that is applied, where that lies. */
export interface VaultPort {
  /** Its path relative to the configuration's folder. */
  readonly path: string;
  /** Age recipients that can open it, by the name of person or host. */
  readonly recipients: Readonly<Record<string, string>>;
  /**
   * Lets another open it; a recipient of the same name is replaced.
   * @throws HubError `vault-unusable`, for example when this person cannot open it
   */
  addRecipient(name: string, recipient: string): Promise<void>;
  /** The file as it is now. */
  content(): Promise<Buffer>;
}

/** What a host is to be. */
export interface Target {
  readonly deployment: Deployment;
  /** Unit files by path relative to the account's home. */
  readonly units: Readonly<Record<string, string>>;
  /** Their permissions where the present description has them; see `modeOf`. */
  readonly modes: Readonly<Record<string, number>>;
  /** Images that this machine can make. */
  readonly programImages: readonly ProgramImage[];
  readonly configuration: readonly ConfigurationFile[];
  /** The configuration lies in the host's folder already: only its permissions are looked after. */
  readonly inPlace: boolean;
  /** Files of an earlier generation that stay as they are though their content is not known: private keys. */
  readonly keptFiles: readonly string[];
  readonly vault: VaultPort | undefined;
  /** Generation whose copy of the database is put in place; undefined to keep the present data. */
  readonly databaseFrom: number | undefined;
}

/** What a host is. */
export interface Situation {
  readonly state: HostState;
  readonly records: Records;
}

/** Folders of the state that containers mount: Podman makes none. */
export function mountedFolders({ deployment }: Pick<Target, "deployment">): string[] {
  const sources = deployment.containers.flatMap(({ volumes }) => volumes.map(({ source }) => source));
  return [
    ...new Set(
      sources.filter((source) =>
        [deployment.state, brokerFolder(deployment.home)].some((ours) => source.startsWith(`${ours}/`)),
      ),
    ),
  ];
}
