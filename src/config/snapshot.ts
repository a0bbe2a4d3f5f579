/** The configuration as the hub works with it: one immutable snapshot of all its files, swapped as a whole. */
import type { Config, ConfigurationView, SecretRef } from "../contract/index.ts";
import type { Closable, Secret, UserName } from "../kernel/index.ts";
import type { HostAccount } from "./sources/host-accounts.ts";

/** Where something is written; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A person whom the configuration names. */
export interface DeclaredPerson {
  readonly name: UserName;
  readonly admin: boolean;
  readonly source: "people.names" | "people.admins" | "people.usersFile" | "people.hostAccounts";
  readonly place: Place | undefined;
}

/** Certificate and key as they were when the snapshot was made. Times are milliseconds since 1970. */
export interface ServedCertificate {
  /** PEM, with its chain. */
  readonly certificate: string;
  readonly key: Secret;
  /** What browsers will not like about it at a moment, in sentences. */
  warningsAt(now: number): readonly string[];
  /** When these change next by themselves, or are worth being repeated; undefined: never. */
  nextWarning(now: number): number | undefined;
}

export interface ConfigSnapshot {
  readonly config: Config;
  /** Everybody named by `people`, users file and host accounts; who is named twice is an admin if either says so. */
  readonly declared: ReadonlyMap<UserName, DeclaredPerson>;
  /** A person's account on this host, where `people.hostAccounts` is set and there is such an account. */
  readonly accountOf: (name: UserName) => HostAccount | undefined;
  readonly tls: ServedCertificate | undefined;
  /** PEM of `registries.*.certificate`, by the registry's address. */
  readonly authorities: ReadonlyMap<string, string>;
  /** Absolute paths of every file that was read. */
  readonly files: readonly string[];
  /** What is unsafe but allowed, in sentences, as it was when the snapshot was made. */
  readonly warnings: readonly string[];
  /** The same at another moment, in milliseconds since 1970. */
  warningsAt(now: number): readonly string[];
  /** The value of a secret that the configuration names; that it exists was checked when the snapshot was made. */
  secret(ref: SecretRef): Secret;
  /** Where the value of a key is written, or that of the nearest key around it; undefined for what is a default. */
  placeOf(path: readonly (string | number)[]): Place | undefined;
}

/** A swap: everything of `after` holds from now on. */
export interface ConfigSwap {
  readonly before: ConfigSnapshot;
  readonly after: ConfigSnapshot;
  /** Dotted paths of the keys that differ, deepest first level that differs: `server.memory`, `groups.staff`. */
  readonly changed: readonly string[];
}

/** Watches every file of the configuration and swaps snapshots; what has mistakes is refused and the old one works on. */
export interface LiveConfig extends Closable {
  current(): ConfigSnapshot;
  /** For showing: the working configuration without passwords; keys that need a restart as they were at the start. */
  effective(): Readonly<Record<string, unknown>>;
  /** For admins: what works, and what was refused. */
  status(): ConfigurationView;
  /** Called after each swap, in order of subscription; what a listener throws is logged and stops no other. */
  subscribe(listener: (swap: ConfigSwap) => void | Promise<void>): () => void;
  /** Called whenever `status()` changes. */
  onStatus(listener: (status: ConfigurationView) => void): () => void;
  /** Reads the files now, without waiting for a word of their change. Resolves when listeners were called. */
  reload(): Promise<ConfigurationView>;
}
