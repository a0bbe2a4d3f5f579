/**
 * A host behind OpenSSH's own `ssh`, so that the person's configuration, keys, agents and jump hosts count. One connection
 * is held (ControlMaster) and every command is a channel in it.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { HubError, randomHex } from "../../kernel/index.ts";
import type { Host } from "./port.ts";
import { shellQuote } from "./quote.ts";
import { createHost } from "./session.ts";
import { parseTarget } from "./ssh-target.ts";
import type { Elevation } from "./sudo.ts";
import { elevationFor } from "./sudo.ts";
import type { Transport } from "./transport.ts";

export interface SshHostOptions {
  /** A person sits at a terminal: ssh and sudo may ask. */
  readonly interactive: boolean;
  /** Asks for a secret without echo; undefined when the person gives up. */
  readonly askSecret?: (question: string) => Promise<string | undefined>;
  readonly identityFile?: string;
  readonly port?: number;
  /** File of known hosts instead of the person's own. */
  readonly knownHosts?: string;
  readonly note: (line: string) => void;
}

/** Milliseconds for connecting where nobody is asked anything. */
const PATIENCE = 60_000;

/** What the first command says: a mark, the uid, and whether sudo is there (\`yes\` without a password). Then it stays. */
const GREETING = `
sudo=no
if command -v sudo > /dev/null; then sudo=ask; fi
if sudo -n true > /dev/null 2>&1; then sudo=yes; fi
printf '%s %s %s\\n' "$1" "$(id -u)" "$sudo"
exec cat > /dev/null
`;

/** A host behind ssh. @throws HubError `host-unreachable`, `forbidden`, `host-unsuitable`, `bad-request`, `packages-missing` */
export async function openSshHost(target: string, options: SshHostOptions): Promise<Host> {
  const { destination, port } = parseTarget(target);
  const folder = await mkdtemp(join(shortTemporary(), "hublet-"));
  const base = [...sshOptions({ ...options, ...(port === undefined ? {} : { port }) }), "-S", join(folder, "c")];
  const connection = new Connection(target, [...base, "-o", "ControlMaster=yes", "--", destination], options);
  try {
    const greeting = await connection.greeting();
    const start = (argv: readonly string[]) => startChannel([...base, "--", destination], argv);
    const elevation = await elevationFor({ target, ...greeting, start, ...options });
    return await createHost(transportOf(target, connection, start, elevation, folder));
  } catch (error) {
    await connection.close();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function transportOf(
  target: string,
  connection: Connection,
  start: (argv: readonly string[]) => ChildProcessWithoutNullStreams,
  elevation: Elevation,
  folder: string,
): Transport {
  return {
    name: target,
    local: false,
    start: (argv) => {
      const child = start([...elevation.argv, ...argv]);
      if (elevation.input !== undefined) child.stdin.write(elevation.input.reveal());
      return child;
    },
    lost: () => connection.lost(),
    close: async () => {
      await connection.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function sshOptions(options: SshHostOptions): readonly string[] {
  const settings = {
    BatchMode: options.interactive ? "no" : "yes",
    StrictHostKeyChecking: options.interactive ? "ask" : "yes",
    ServerAliveInterval: "15",
    ServerAliveCountMax: "4",
    ControlPersist: "no",
    RequestTTY: "no",
    // What a person has set for their own sessions is in the way of commands.
    RemoteCommand: "none",
    ForwardAgent: "no",
    ForwardX11: "no",
    ClearAllForwardings: "yes",
    PermitLocalCommand: "no",
    LogLevel: "ERROR",
    ...(options.knownHosts === undefined
      ? {}
      : { UserKnownHostsFile: options.knownHosts, GlobalKnownHostsFile: "/dev/null" }),
  };
  return [
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    ...(options.identityFile === undefined ? [] : ["-i", options.identityFile, "-o", "IdentitiesOnly=yes"]),
    ...(options.port === undefined ? [] : ["-p", String(options.port)]),
  ];
}

/** A command in the connection. Were it gone, ssh would open another one by itself: the proxy command keeps it from that. */
function startChannel(to: readonly string[], argv: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn("ssh", ["-o", "ProxyCommand=false", "-o", "ControlMaster=no", ...to, shellQuote(argv)], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
}

/** The connection itself: a command that stays as long as we hold its input, so it ends with us, in whatever way we end. */
class Connection {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #target: string;
  readonly #mark = randomHex(8);
  readonly #interactive: boolean;
  #said = "";
  #over = false;

  constructor(target: string, ssh: readonly string[], options: SshHostOptions) {
    this.#target = target;
    this.#interactive = options.interactive;
    const argv = ["ssh", ...ssh, shellQuote(["exec", "sh", "-c", GREETING, "sh", this.#mark])];
    // It stays on the terminal, where ssh asks; but Ctrl-C is for this program, which then ends things in order.
    this.#child = spawn("sh", ["-c", 'trap "" INT; exec "$@"', "sh", ...argv], {
      stdio: ["pipe", "pipe", "pipe"],
      detached: !options.interactive,
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.once("close", () => {
      this.#over = true;
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-4000);
      if (options.interactive && !this.#over) for (const line of text.split("\n")) if (line !== "") options.note(line);
    });
  }

  /** Waits until the login is through. @throws HubError `host-unreachable`, `host-unsuitable`, `packages-missing` */
  async greeting(): Promise<{ readonly uid: number; readonly sudo: string }> {
    const timer = this.#interactive ? undefined : setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const before: string[] = [];
    try {
      for await (const line of createInterface({ input: this.#child.stdout })) {
        const [mark, uid = "", sudo = ""] = line.split(" ");
        if (mark !== this.#mark) {
          before.push(line);
          continue;
        }
        this.#child.stdout.resume();
        if (before.length === 0) return { uid: Number(uid), sudo };
        throw new HubError(
          "host-unsuitable",
          `The login shell on ${this.#target} prints text of its own (“${before.join(" ").slice(0, 100)}”) where only a command's output belongs. Move that in its start-up file (.bashrc, .profile) behind a test whether the shell is interactive.`,
        );
      }
    } finally {
      clearTimeout(timer);
    }
    if (!this.#over) await once(this.#child, "close");
    throw this.#failure();
  }

  /** Why the connection is gone; undefined while it stands. */
  async lost(): Promise<HubError | undefined> {
    if (this.#over) return this.#failure();
    // A channel may notice the end before this process does.
    const ended = await Promise.race([
      once(this.#child, "close").then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200).unref()),
    ]);
    return ended ? this.#failure() : undefined;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (!this.#over) {
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
      await once(this.#child, "close");
      clearTimeout(timer);
    }
  }

  #failure(): HubError {
    const told = this.#said.trim().replace(/\s*\n\s*/g, " ");
    // Its warning of a changed key is a screen of capitals.
    const changed = /Host key for \S+ has changed/.exec(told)?.[0];
    const said = changed ?? told.slice(-600);
    if (this.#child.exitCode === 127) {
      return new HubError(
        "packages-missing",
        `Other hosts are reached by OpenSSH's “ssh”, which is not installed here: ${said} Install the package openssh-client.`,
      );
    }
    const advice = /host key/i.test(said)
      ? `Compare the key with the host's own (on it: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then sign in once by hand: ssh ${this.#target}`
      : `Try by hand: ssh ${this.#target}`;
    return new HubError(
      "host-unreachable",
      `${this.#target} cannot be reached: ${said.replace(/\.$/, "") || "the connection ended without a word"}. ${advice}`,
    );
  }
}

/** A socket's path may have 104 characters, and ssh adds some of its own. */
function shortTemporary(): string {
  return tmpdir().length < 60 ? tmpdir() : "/tmp";
}
