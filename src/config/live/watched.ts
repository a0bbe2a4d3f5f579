/** A configuration whose files are watched: a good change is one swap, a bad one is refused. */
import type { ConfigurationView } from "../../contract/index.ts";
import { type Clock, isoTime, messageOf } from "../../kernel/index.ts";
import type { Attempt } from "../build/snapshot-of.ts";
import { formatProblem, type Problem } from "../diagnostics.ts";
import { attemptOf, type LoadOptions } from "../load.ts";
import type { ConfigSnapshot, ConfigSwap, LiveConfig } from "../snapshot.ts";
import { FileReader } from "../sources/reader.ts";
import type { VaultKeys } from "../vault/source.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { changedPaths, restartPaths } from "./changes.ts";
import { exposedDummy } from "./exposed-dummy.ts";
import { FolderWatch } from "./folder-watch.ts";
import { writeLastGood } from "./last-good.ts";
import { EMPTY, mayPass, unwatchedText } from "./passing.ts";
import { effectiveConfig, type StartedKeys, startedConfig } from "./started.ts";

/** The one thing that is asked of a logger here; pino fits. */
export interface ConfigLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface LiveOptions extends LoadOptions {
  readonly clock: Clock;
  readonly log: ConfigLog;
  /** Address that the running proxy listens on, when the command line said another than the file. */
  readonly listening?: string;
  /**
   * File in a folder of the hub's own, mode 0600: what the applied configuration was made of, without secrets. A hub
   * that is started again while the files have mistakes works on with it.
   */
  readonly lastGood?: string;
  /** Of the keys that need a restart, those that the running processes were started with. Default: the file's. */
  readonly started?: StartedKeys;
}

/** Silence of the files after which they are read: several words come for one change. */
const QUIET_MS = 80;
/** They are read after so long even if words go on coming. */
const PATIENCE_MS = 400;
/** A file that vanished or is empty may be one that is just being replaced. */
const REPLACED_MS = 200;
/** Folders that the system does not watch are looked at so often. */
const POLL_MS = 5000;
/** Longest that `reload` waits for what listeners began. */
const LISTENERS_MS = 5000;

export interface Start {
  readonly snapshot: ConfigSnapshot;
  readonly reader: FileReader;
  readonly keys: VaultKeys;
  /** The files as they are now, when the snapshot is of an earlier state. */
  readonly refused?: { readonly reader: FileReader; readonly problems: readonly Problem[] };
}

export class WatchedConfig implements LiveConfig {
  readonly #options: LiveOptions;
  readonly #started: ConfigSnapshot;
  readonly #watch: FolderWatch;
  readonly #certificate: CertificateWatch;
  readonly #keys: VaultKeys;
  readonly #listeners = new Set<(swap: ConfigSwap) => void | Promise<void>>();
  readonly #statusListeners = new Set<(status: ConfigurationView) => void>();
  #current: ConfigSnapshot;
  #appliedDigest: string;
  /** Of the last look, whatever came of it. */
  #seenDigest: string;
  #status: ConfigurationView;
  #timer: NodeJS.Timeout | undefined;
  #firstWord: number | undefined;
  #poll: NodeJS.Timeout | undefined;
  /** What is to be said of folders that are not watched. */
  #unwatched: readonly string[] = [];
  #closed = false;
  /** The last look, done or under way: opening a vault takes a moment, and a later look must not be overtaken. */
  #looking: Promise<unknown> = Promise.resolve();

  constructor(options: LiveOptions, { snapshot, reader, keys, refused }: Start) {
    this.#options = options;
    this.#keys = keys;
    this.#started = { ...snapshot, config: startedConfig(snapshot.config, options.started) };
    this.#current = snapshot;
    this.#appliedDigest = reader.digest();
    this.#seenDigest = this.#appliedDigest;
    this.#status = this.#view("applied", [], isoTime(options.clock.now()));
    this.#watch = new FolderWatch(() => this.#soon());
    this.#certificate = new CertificateWatch(options.clock, () => this.#remind());
    this.#warnOfCertificate();
    this.#certificate.follow(snapshot.tls);
    this.#rewatch(refused?.reader ?? reader);
    this.#keep(reader);
    if (refused === undefined) return;
    this.#seenDigest = refused.reader.digest();
    this.#refuse(refused.problems);
  }

  current(): ConfigSnapshot {
    return this.#current;
  }

  effective(): Readonly<Record<string, unknown>> {
    return effectiveConfig(this.#started, this.#current);
  }

  status(): ConfigurationView {
    return { ...this.#status, warnings: [...this.#status.warnings, ...this.#unwatched] };
  }

  subscribe(listener: (swap: ConfigSwap) => void | Promise<void>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onStatus(listener: (status: ConfigurationView) => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  async reload(): Promise<ConfigurationView> {
    this.#cancel();
    const begun = await this.#look({ patient: false });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LISTENERS_MS);
    });
    await Promise.race([Promise.allSettled(begun), late]);
    clearTimeout(timer);
    return this.status();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    clearTimeout(this.#poll);
    this.#listeners.clear();
    this.#statusListeners.clear();
    this.#certificate.close();
    await this.#looking;
    await this.#watch.close();
  }

  /** A word of a change came. */
  #soon(): void {
    if (this.#closed) return;
    const now = performance.now();
    this.#firstWord ??= now;
    const wait = Math.max(0, Math.min(QUIET_MS, this.#firstWord + PATIENCE_MS - now));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#safeLook(true), wait);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firstWord = undefined;
  }

  #safeLook(patient: boolean): void {
    this.#cancel();
    this.#look({ patient }).catch((error: unknown) => {
      this.#options.log.error({ err: error }, "the configuration could not be read; the one before works on");
    });
  }

  /** Reads the files and takes over what they say, after the look before. @returns what listeners began */
  #look(options: { readonly patient: boolean }): Promise<readonly Promise<void>[]> {
    const look = this.#looking.then(() => this.#lookNow(options));
    this.#looking = look.catch(() => undefined);
    return look;
  }

  async #lookNow({ patient }: { readonly patient: boolean }): Promise<readonly Promise<void>[]> {
    if (this.#closed) return [];
    const reader = new FileReader();
    const attempt = await this.#attempt(reader);
    if (this.#closed) return [];
    this.#rewatch(reader);
    const digest = reader.digest();
    if (digest === this.#seenDigest) return [];
    if (patient && "problems" in attempt && attempt.problems.some(mayPass)) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#safeLook(false), REPLACED_MS);
      return [];
    }
    this.#seenDigest = digest;
    if (digest === this.#appliedDigest) this.#goodAgain();
    else if ("problems" in attempt) this.#refuse(attempt.problems);
    else {
      this.#keep(reader);
      return this.#swap(attempt.snapshot, digest);
    }
    return [];
  }

  async #attempt(reader: FileReader): Promise<Attempt> {
    const options = { ...this.#options, now: this.#options.clock.now() };
    const attempt = await attemptOf(options, reader, this.#keys);
    if (!("snapshot" in attempt)) return attempt;
    const refusals = this.#liveRefusals(attempt.snapshot, reader);
    return refusals.length > 0 ? { problems: refusals } : attempt;
  }

  /** What is right by itself, and wrong for a hub that runs. */
  #liveRefusals(snapshot: ConfigSnapshot, reader: FileReader): readonly Problem[] {
    const { file, listening = this.#started.config.listen } = this.#options;
    if (reader.isEmpty(file)) return [{ file, line: 1, column: 1, path: "", message: EMPTY }];
    const exposed = exposedDummy(snapshot, listening);
    return exposed === undefined ? [] : [exposed];
  }

  #swap(after: ConfigSnapshot, digest: string): readonly Promise<void>[] {
    const before = this.#current;
    const changed = changedPaths(before, after);
    this.#current = after;
    this.#certificate.follow(after.tls);
    this.#appliedDigest = digest;
    const status = this.#view("applied", [], isoTime(this.#options.clock.now()));
    const { needsRestart } = status;
    this.#options.log.info({ changed }, "the changed configuration was applied");
    if (needsRestart.length > 0)
      this.#options.log.warn({ keys: needsRestart }, "these need “hublet up” to be started again");
    for (const warning of after.warnings.filter((each) => !before.warnings.includes(each)))
      this.#options.log.warn({}, warning);
    const begun = [...this.#listeners].map((listener) => this.#tell(listener, { before, after, changed }));
    this.#setStatus(status);
    return begun;
  }

  async #tell(listener: (swap: ConfigSwap) => void | Promise<void>, swap: ConfigSwap): Promise<void> {
    try {
      await listener(swap);
    } catch (error) {
      this.#options.log.error({ err: error }, "a part of the hub could not take over the changed configuration");
    }
  }

  #refuse(problems: readonly Problem[]): void {
    this.#options.log.error(
      { problems: problems.map(formatProblem) },
      "the changed configuration has mistakes and was refused; the one before works on",
    );
    this.#setStatus(this.#view("refused", problems, this.#status.appliedAt));
  }

  #goodAgain(): void {
    this.#options.log.info({}, "the configuration is again the one that works");
    this.#setStatus(this.#view("applied", [], this.#status.appliedAt));
  }

  /** Time alone has changed what is to be said of the certificate. */
  #remind(): void {
    this.#warnOfCertificate();
    this.#setStatus({ ...this.#status, warnings: this.#warnings() });
  }

  #warnOfCertificate(): void {
    const { clock, log } = this.#options;
    for (const warning of this.#current.tls?.warningsAt(clock.now()) ?? []) log.warn({}, warning);
  }

  #warnings(): string[] {
    return [...this.#current.warningsAt(this.#options.clock.now())];
  }

  #view(state: ConfigurationView["state"], problems: readonly Problem[], appliedAt: string): ConfigurationView {
    return {
      file: this.#options.file,
      files: [...this.#current.files],
      appliedAt,
      state,
      refusedAt: state === "refused" ? isoTime(this.#options.clock.now()) : null,
      problems: problems.map(({ file, line = null, column = null, path, message }) => ({
        ...{ file, line, column, path, message },
      })),
      needsRestart: [...restartPaths(this.#started, this.#current)],
      warnings: this.#warnings(),
    };
  }

  #setStatus(status: ConfigurationView): void {
    this.#status = status;
    for (const listener of [...this.#statusListeners]) {
      try {
        listener(this.status());
      } catch (error) {
        this.#options.log.error({ err: error }, `a listener of the configuration's state failed: ${messageOf(error)}`);
      }
    }
  }

  #keep(reader: FileReader): void {
    const { lastGood, file, log } = this.#options;
    if (lastGood === undefined) return;
    try {
      writeLastGood(lastGood, file, reader.kept);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, `${lastGood} could not be written`);
    }
  }

  #rewatch(reader: FileReader): void {
    const { fresh, failed } = this.#watch.update(reader);
    const said = this.#unwatched.length > 0;
    this.#unwatched = failed.length > 0 ? [unwatchedText(failed)] : [];
    if (failed.length > 0 && !said) this.#options.log.warn({}, unwatchedText(failed));
    clearTimeout(this.#poll);
    if (failed.length > 0 && !this.#closed) this.#poll = setTimeout(() => this.#safeLook(true), POLL_MS);
    // What is watched only now may have changed after it was read.
    if (fresh) this.#soon();
  }
}
