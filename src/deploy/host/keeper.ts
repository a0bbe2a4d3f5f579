/**
 * The keeper: a small process of root on the host that lives as long as we hold its standard input. It knows the process
 * group of each command that we started, ends one at our word and all of them when we are gone, and holds the lock
 * meanwhile: so whoever comes next never works beside a command that an interrupted `apply` left running.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { HubError } from "../../kernel/index.ts";
import type { Transport } from "./transport.ts";

/** The lock lies in /run and not in /run/lock, which on Debian every account may write to and so could hold. */
const LOCK = "/run/hublet.lock";

/** Arguments: the lock's file, and who we are. Reads lines `end ID`, `done ID`, `lock`, `unlock`. */
const KEEPER = `
lock=$1
holder=$2
umask 077
trap '' HUP INT TERM PIPE
folder=$(mktemp -d /run/hublet-work-XXXXXX) || exit 1
echo "ready $folder"

# Whether the process is still the one that was registered: its number may be another's by now.
lives() {
  IFS= read -r stat 2>/dev/null < "/proc/$1/stat" || return 1
  started=$2
  set -- \${stat##*) }
  [ "$1" != Z ] && [ "\${20}" = "$started" ]
}

end() {
  # A command that has not registered yet finds this file and does not begin.
  if (set -C; : > "$folder/$1") 2>/dev/null; then return; fi
  read -r group started pid < "$folder/$1" || return
  lives "$pid" "$started" || return
  kill -s TERM -- "-$group" 2>/dev/null
  tries=0
  while [ "$tries" -lt 50 ] && kill -s 0 -- "-$group" 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -s KILL -- "-$group" 2>/dev/null
}

take() {
  command -v flock > /dev/null || { echo "cannot the program flock is missing (package util-linux)"; return; }
  exec 9>> "$lock"
  if flock -n 9; then
    printf '%s\\n' "$holder" > "$lock"
    echo locked
  else
    other=
    IFS= read -r other < "$lock"
    exec 9>&-
    echo "busy $other"
  fi
}

while IFS= read -r line; do
  set -- $line
  case $1 in
    end) end "$2" & ;;
    done) rm -f "$folder/$2" ;;
    lock) take ;;
    unlock) exec 9>&-; echo unlocked ;;
  esac
done
for file in "$folder"/*; do
  if [ -e "$file" ]; then end "\${file##*/}" & fi
done
wait
rm -rf "$folder"
`;

/** Registers its own process with the keeper and becomes the command. Arguments: folder, id, command. */
const REGISTER = `
folder=$1
id=$2
shift 2
IFS= read -r stat < /proc/self/stat
facts() { group=$3; started=\${20}; }
facts \${stat##*) }
(set -C; echo "$group $started $$" > "$folder/$id") 2>/dev/null || exit 143
cd /
exec "$@"
`;

export class Keeper {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #answers: AsyncIterator<string>;
  readonly #name: string;
  #count = 0;

  private constructor(
    child: ChildProcessWithoutNullStreams,
    folder: string,
    answers: AsyncIterator<string>,
    name: string,
  ) {
    this.#child = child;
    this.#folder = folder;
    this.#answers = answers;
    this.#name = name;
  }

  /** @param holder who works here, for others who wait: one line. @throws HubError `host-unsuitable`, `host-unreachable` */
  static async start(transport: Transport, holder: string): Promise<Keeper> {
    const child = transport.start(["sh", "-c", KEEPER, "sh", LOCK, holder.replace(/\s+/g, " ")]);
    // Writing to one that is gone is no news: commands notice the lost connection themselves.
    child.stdin.on("error", () => undefined);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2000);
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first: unknown = (await answers.next()).value;
    if (typeof first === "string" && first.startsWith("ready "))
      return new Keeper(child, first.slice("ready ".length), answers, transport.name);
    child.kill("SIGKILL");
    throw (
      (await transport.lost()) ??
      new HubError(
        "host-unsuitable",
        `No command can be run as root on ${transport.name}: ${said.trim() || String(first)} It needs a POSIX shell, /proc and a /run that can be written to.`,
      )
    );
  }

  /** An id for a command, and the command line that makes it known here under this id. */
  register(argv: readonly string[]): { readonly id: string; readonly argv: readonly string[] } {
    const id = String(++this.#count);
    return { id, argv: ["sh", "-c", REGISTER, "sh", this.#folder, id, ...argv] };
  }

  /** A folder of root alone that goes when we go: for what is on its way to its place. */
  get folder(): string {
    return this.#folder;
  }

  /** Ends a command: first politely, after five seconds for good. */
  end(id: string): void {
    this.#child.stdin.write(`end ${id}\n`);
  }

  /** To be told when a command has ended by itself. */
  done(id: string): void {
    this.#child.stdin.write(`done ${id}\n`);
  }

  /** @throws HubError `host-busy`, `host-unsuitable` */
  async lock(): Promise<void> {
    const answer = await this.#ask("lock");
    if (answer === "locked") return;
    const [word = "", ...rest] = answer.split(" ");
    if (word === "busy") {
      throw new HubError(
        "host-busy",
        `Somebody else is changing ${this.#name}: ${rest.join(" ") || "it is not known who"}. Wait until that has ended, then try again.`,
      );
    }
    throw new HubError(
      "host-unsuitable",
      `The lock ${LOCK} on ${this.#name} cannot be taken: ${rest.join(" ") || "the connection is gone"}.`,
    );
  }

  async unlock(): Promise<void> {
    await this.#ask("unlock");
  }

  /** Ends what still runs, and itself. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
  }

  async #ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#answers.next();
    return answer.done === true ? "" : answer.value;
  }
}
