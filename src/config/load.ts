/** `hublet.yaml` and all that belongs to it → one immutable snapshot, or an error with every problem. */
import { join } from "node:path";
import { HubError } from "../kernel/index.ts";
import { type Attempt, type SnapshotSources, snapshotOf } from "./build/snapshot-of.ts";
import { configError, type Problem } from "./diagnostics.ts";
import type { ConfigSnapshot } from "./snapshot.ts";
import { FileReader } from "./sources/reader.ts";
import { openVaultSource, type VaultKeys } from "./vault/source.ts";

export interface LoadOptions extends Pick<SnapshotSources, "file" | "environment" | "accounts" | "now"> {
  /** State folder, where the hub's own key of the vault may be. */
  readonly state?: string;
}

/**
 * Reads and checks the configuration with its included files, users file, certificate and secrets.
 * @param options.file absolute path
 * @param options.environment `GITHUB_CLIENT_ID` and relatives, `CREDENTIALS_DIRECTORY`, and what says where the private
 * keys of the vault are: `HUBLET_IDENTITY`, `HUBLET_SECRETS`, `XDG_CONFIG_HOME`, `HOME`
 * @param options.accounts path of the passwd file, for `people.hostAccounts`
 * @throws HubError `bad-config` with all problems; `state-unusable` when the file itself cannot be read
 */
export async function loadSnapshot(options: LoadOptions): Promise<ConfigSnapshot> {
  const attempt = await attemptOf(options, new FileReader());
  if ("snapshot" in attempt) return attempt.snapshot;
  throw unreadable(options.file, attempt.problems) ?? configError(attempt.problems, [options.file]);
}

/** Opens the vault, which takes a moment, and reads everything else at once. */
export async function attemptOf(options: LoadOptions, reader: FileReader, keys?: VaultKeys): Promise<Attempt> {
  const vault = await openVaultSource(options, reader, keys);
  return snapshotOf({ ...options, vault }, reader);
}

export interface TextOptions {
  /** What messages and places call it. Default: hublet.yaml, in `folder` when there is one. */
  readonly file?: string;
  /** Values of the secrets that the text names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Folder that names of files in the text are relative to, and that may hold `secrets/`. */
  readonly folder?: string;
  /** Path of the passwd file. */
  readonly accounts?: string;
  /** `GITHUB_CLIENT_ID` and relatives; default: none. */
  readonly environment?: SnapshotSources["environment"];
}

/** A snapshot of text, for tests and for what the command line makes up; no vault. @throws HubError `bad-config` */
export function snapshotFromText(text: string, options: TextOptions = {}): ConfigSnapshot {
  const { folder, accounts, secrets, environment = {} } = options;
  const attempt = snapshotOf(
    {
      file: options.file ?? (folder === undefined ? "hublet.yaml" : join(folder, "hublet.yaml")),
      environment,
      text,
      ...(accounts === undefined ? {} : { accounts }),
      ...(secrets === undefined ? {} : { secrets }),
    },
    new FileReader(),
  );
  if ("snapshot" in attempt) return attempt.snapshot;
  throw configError(attempt.problems);
}

/** The error of a main file that is not there at all: the mistake is rather in the command. */
export function unreadable(file: string, problems: readonly Problem[]): HubError | undefined {
  const [first] = problems;
  if (
    problems.length !== 1 ||
    first?.file !== file ||
    first.line !== undefined ||
    !first.message.startsWith("the file ")
  )
    return undefined;
  const why = first.message.replace(/^the file /, "it ");
  const advice = why.includes("does not exist")
    ? "“hublet init” writes a first one; one elsewhere is named with --config."
    : "Check the path and its permissions.";
  return new HubError("state-unusable", `The configuration ${file} cannot be used: ${why}. ${advice}`);
}
