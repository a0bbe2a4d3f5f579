/**
 * Keys for containers in Docker, which has a store of secrets in a swarm alone: files in a folder of root, of which each
 * container is given its own. They are the account's to read and nobody's to write.
 */
import { join } from "node:path";
import type { HostUser } from "../host/port.ts";
import type { EngineSecrets } from "./port.ts";

/** The file $1, owner $2, gets what \`value\` prints; an empty value is refused. */
const MAKE = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$1")"
value > "$1.new"
[ -s "$1.new" ]
chown -- "$2" "$1.new"
chmod 0400 "$1.new"
mv -T -- "$1.new" "$1"`;
const RANDOM = `value() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n'; }`;
/** $3: account, $4: its file, which it reads itself, so that a link leads nowhere else. */
const OF_FILE = `account=$3 file=$4
value() { runuser -u "$account" -- cat -- "$file" | tr -d '\\n'; }`;
const GIVEN = `value() { cat; }`;
/** Writes root's file $1 to the account's ($2) file $3. */
const GIVE_BACK = `runuser -u "$2" -- sh -c 'umask 077; cat > "$1.new" && [ -s "$1.new" ] && mv -T -- "$1.new" "$1"' sh "$3" < "$1"`;

/** @param folder of root alone, absolute */
export function dockerSecrets(folder: string): EngineSecrets {
  const path = (name: string): string => join(folder, name);
  const make = async (
    { host, signal }: Parameters<EngineSecrets["createRandom"]>[0],
    account: HostUser,
    name: string,
    value: { readonly script: string; readonly words?: readonly string[]; readonly input?: string },
  ): Promise<void> => {
    const { script, words = [], input } = value;
    const argv = ["sh", "-c", `${script}\n${MAKE}`, "sh", path(name), `${account.uid}:${account.gid}`, ...words];
    await host.mustRun(argv, input === undefined ? { signal } : { signal, input });
  };
  return {
    title: path,
    createRandom: (run, account, name) => make(run, account, name, { script: RANDOM }),
    createFromFile: (run, account, name, file) =>
      make(run, account, name, { script: OF_FILE, words: [account.name, file] }),
    createFrom: (run, account, name, value) => make(run, account, name, { script: GIVEN, input: value }),
    remove: ({ host }, _account, names) => host.remove(names.map(path)),
    giveBack: async ({ host, signal }, account, name, file) => {
      await host.mustRun(["sh", "-c", GIVE_BACK, "sh", path(name), account.name, file], { signal });
    },
  };
}
