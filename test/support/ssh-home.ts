/** Commands that use ssh, with keys and known hosts of a test instead of the person's own. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** OpenSSH looks where the account's entry says, whatever HOME is: in a mount namespace that place is ours. */
const ENTER = 'mkdir -p "$2"; mount --bind "$1" "$2"; shift 2; exec "$@"';

export class SshHome {
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "hublet-ssh-"));
    chmodSync(this.#folder, 0o700);
  }

  /** Makes a key. @returns its public half */
  makeKey(): string {
    const file = join(this.#folder, "id_ed25519");
    mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file]);
    return readFileSync(`${file}.pub`, "utf8");
  }

  /** @param key the private half, as ssh-keygen writes it */
  useKey(key: string): void {
    writeFileSync(join(this.#folder, "id_ed25519"), key, { mode: 0o600 });
  }

  /** @param lines as ssh-keyscan prints them */
  knowHosts(lines: string): void {
    writeFileSync(join(this.#folder, "known_hosts"), lines);
  }

  /** @param options.timeout milliseconds; 900,000 when absent */
  run(
    argv: readonly string[],
    options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly timeout?: number } = {},
  ): SpawnSyncReturns<string> {
    const inside = ["--mount", "sh", "-euc", ENTER, "sh", this.#folder, join(homedir(), ".ssh"), ...argv];
    return spawnSync("unshare", inside, { encoding: "utf8", timeout: 900_000, ...options });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function mustRun(argv: readonly string[]): string {
  const [command = "", ...args] = argv;
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout;
}
