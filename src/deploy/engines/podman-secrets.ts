/** Secrets in the store of the account's Podman. */
import { SECRET_PREFIX } from "../model/deployment.ts";
import { podman } from "../steps/as-account.ts";
import type { EngineSecrets } from "./port.ts";

/** 32 random bytes in hex become the secret $1. With nothing to read, Podman refuses. */
const MAKE_RANDOM = `head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n' | podman secret create "$1" -`;

/** The text of the file $2, without the end of its line, becomes the secret $1. */
const TAKE_OVER = `[ -s "$2" ] && tr -d '\\n' < "$2" | podman secret create "$1" -`;

/** Standard input becomes the secret $1. Podman takes one from a pipe alone, and what a host hands on may be a socket. */
const MAKE_GIVEN = `cat | podman secret create "$1" -`;

/**
 * Writes the secret $1 to the file $2, without the end of a line that Podman shows after it. Podman before 4.7 shows no secret,
 * and keeps them in a file beside its storage.
 */
const GIVE_BACK = `umask 077
value=$(podman secret inspect --showsecret --format '{{.SecretData}}' "$1") && [ -n "$value" ] &&
printf %s "$value" > "$2.new" && mv -T -- "$2.new" "$2"`;

export const podmanSecrets: EngineSecrets = {
  title: (name) => `${SECRET_PREFIX}${name}`,
  createRandom: (run, account, name) => script(run, account, MAKE_RANDOM, [secret(name)]),
  createFromFile: (run, account, name, file) => script(run, account, TAKE_OVER, [secret(name), file]),
  createFrom: (run, account, name, value) => script(run, account, MAKE_GIVEN, [secret(name)], value),
  remove: async (run, account, names) => {
    await podman(run, account, ["secret", "rm", ...names.map(secret)]);
  },
  giveBack: (run, account, name, file) => script(run, account, GIVE_BACK, [secret(name), file]),
};

function secret(name: string): string {
  return `${SECRET_PREFIX}${name}`;
}

async function script(
  { host, signal }: Parameters<EngineSecrets["createRandom"]>[0],
  account: Parameters<EngineSecrets["createRandom"]>[1],
  text: string,
  words: readonly string[],
  input?: string,
): Promise<void> {
  const options = { as: account, managed: true, signal };
  await host.mustRun(["sh", "-c", text, "sh", ...words], input === undefined ? options : { ...options, input });
}
