/** The values of the secrets that a configuration names, found before it is taken over. */
import type { Config, SecretRef } from "../../contract/index.ts";
import { HubError, type Secret } from "../../kernel/index.ts";
import type { Checks } from "../check/context.ts";
import type { SecretSource } from "../sources/secrets.ts";

/** Where a configuration may name a secret, and what it names there. */
export function secretRefs(config: Config): readonly { readonly path: readonly string[]; readonly ref: SecretRef }[] {
  const { github, oidc, dummy } = config.signIn;
  const candidates: (readonly [readonly string[], SecretRef | undefined])[] = [
    [["database"], typeof config.database === "string" ? undefined : config.database],
    [["tls", "key"], typeof config.tls?.key === "object" ? config.tls.key : undefined],
    [["signIn", "github", "clientSecret"], github?.clientSecret],
    ...Object.entries(oidc).map(
      ([name, method]) => [["signIn", "oidc", name, "clientSecret"], method.clientSecret] as const,
    ),
    [["signIn", "dummy", "password"], dummy?.password],
    ...Object.entries(config.registries).map(
      ([address, { password }]) => [["registries", address, "password"], password] as const,
    ),
  ];
  return candidates.flatMap(([path, ref]) => (ref === undefined ? [] : [{ path, ref }]));
}

/** The values by name; what is missing is a problem where it is named. */
export function secretValues(checks: Checks, source: SecretSource): ReadonlyMap<string, Secret> {
  const values = new Map<string, Secret>();
  for (const { path, ref } of secretRefs(checks.config)) {
    const found = source.find(ref.secret);
    if (found === undefined)
      checks.problem(path, `the secret ${ref.secret} is missing; set it with “hublet secrets set ${ref.secret}”`);
    else if ("problem" in found) checks.problem(path, `the secret ${ref.secret} cannot be used: ${found.problem}`);
    else values.set(ref.secret, found.value);
  }
  const database = checks.config.database;
  const address = typeof database === "string" ? undefined : values.get(database.secret);
  if (address !== undefined && !/^postgres(ql)?:\/\/.+/.test(address.reveal()))
    checks.problem(["database"], "the secret does not hold a postgresql:// address");
  return values;
}

/** @throws HubError `secret-missing` for a name that the configuration does not have */
export function secretOf(values: ReadonlyMap<string, Secret>, ref: SecretRef): Secret {
  const value = values.get(ref.secret);
  if (value === undefined)
    throw new HubError(
      "secret-missing",
      `The secret ${ref.secret} is missing. Set it with “hublet secrets set ${ref.secret}”.`,
    );
  return value;
}
