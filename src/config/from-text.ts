/** A snapshot from text alone, for tests and for what the command line makes up. */
import type { SecretRef } from "../contract/index.ts";
import { HubError, Secret, type UserName, userName } from "../kernel/index.ts";
import { parseLocated } from "./load.ts";
import type { ConfigSnapshot, DeclaredPerson } from "./snapshot.ts";

export interface TextOptions {
  /** What messages and places call it. Default: hublet.yaml. */
  readonly file?: string;
  /** Values of the secrets that the text names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Folder that names of files in the text are relative to. */
  readonly folder?: string;
}

/** Checks the text of a configuration and makes a snapshot of it. @throws HubError `bad-config` with every problem */
export function snapshotFromText(text: string, options: TextOptions = {}): ConfigSnapshot {
  const file = options.file ?? "hublet.yaml";
  const { config, placeOf } = parseLocated(text, file);
  const declared = new Map<UserName, DeclaredPerson>();
  const lists = [
    ["admins", true],
    ["names", false],
  ] as const;
  for (const [key, admin] of lists)
    for (const [index, raw] of config.people[key].entries()) {
      const name = userName(raw);
      if (!declared.has(name))
        declared.set(name, { name, admin, source: `people.${key}`, place: placeOf(["people", key, index]) });
    }
  return {
    config,
    declared,
    tls: undefined,
    files: [file],
    warnings: [],
    secret: (ref: SecretRef) => {
      const value = options.secrets?.[ref.secret];
      if (value === undefined)
        throw new HubError("secret-missing", `The secret ${ref.secret} is missing. Set it with “hublet secret set”.`);
      return new Secret(value);
    },
    placeOf,
  };
}
