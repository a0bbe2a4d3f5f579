/** `secrets.age` as text: YAML that may live in git, since it holds names, public keys and sealed values alone. */
import { stringify } from "yaml";
import { z } from "zod";
import { secretRef } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { formatProblem, type Problem, problemAt } from "../diagnostics.ts";
import type { Place } from "../snapshot.ts";
import { decode } from "../sources/utf8.ts";
import { find, type KeyPath, keyPlaceNear, placeNear, toData } from "../text/located.ts";
import { readYaml } from "../text/yaml.ts";
import { isRecipient } from "./age.ts";

/** The vault's name, beside the configuration. */
export const VAULT_FILE = "secrets.age";
/** Bytes. Some hundred certificates fit. */
export const MAX_VAULT_BYTES = 1024 * 1024;
const MAX_RECIPIENTS = 200;
const MAX_VALUES = 500;
/** Sealed text is written in lines of so many characters, which every mail and every diff leaves alone. */
const LINE = 96;

/** The vault as it is written: nothing of it is opened, nothing proved. */
export interface Vault {
  /** Public keys by the names of people and hosts. */
  readonly recipients: ReadonlyMap<string, string>;
  /** The vault's own key, encrypted with age for the recipients; armored. */
  readonly key: string;
  /** Sealed values by name. */
  readonly values: ReadonlyMap<string, string>;
  /** What proves, to those with the key, that nobody without it changed who may read and which values there are. */
  readonly authenticator: { readonly recipients: string; readonly names: string };
}

export interface VaultText {
  readonly vault: Vault;
  /** Where a part of it is written. */
  placeOf(path: KeyPath): Place;
}

const sealed = z
  .string()
  .transform((text) => text.replaceAll("\n", ""))
  .refine(isSealed, "is no sealed value; it is cut off, or was changed by hand");
const authenticator = z.string().regex(/^[\w-]{43}$/, "is no authenticator; it is cut off, or was changed by hand");

/** Names of people and hosts. */
export const recipientName = z
  .string()
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{N} ._@+-]{0,62}[\p{L}\p{N}._@+-])?$/u,
    "must be a name of 1 to 64 letters and digits",
  );

const vaultSchema = z.strictObject({
  version: z.literal(1),
  recipients: z
    .record(recipientName, z.string().refine(isRecipient, "is no public key of age (age1…)"))
    .refine((map) => within(map, 1, MAX_RECIPIENTS), `must be 1 to ${MAX_RECIPIENTS} people and hosts`),
  key: z
    .string()
    .max(512 * 1024)
    .regex(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n[A-Za-z0-9+/=\n]+\n-----END AGE ENCRYPTED FILE-----\n$/,
      "is not encrypted with age; it is cut off, or was changed by hand",
    ),
  values: z
    .record(secretRef.shape.secret, sealed)
    .refine((map) => within(map, 0, MAX_VALUES), `must be ${MAX_VALUES} values at most`),
  authenticator: z.strictObject({ recipients: authenticator, names: authenticator }),
});

/** The last character has bits that mean nothing: there is one way alone to write a value. */
function isSealed(text: string): boolean {
  const [form, body = "", ...more] = text.split(".");
  return (
    form === "s1" &&
    more.length === 0 &&
    body.length > 37 &&
    Buffer.from(body, "base64url").toString("base64url") === body
  );
}

function within(map: Readonly<Record<string, unknown>>, least: number, most: number): boolean {
  const count = Object.keys(map).length;
  return count >= least && count <= most;
}

/** What the text says, or every mistake with its line. No message holds a part of a value. */
export function parseVault(
  bytes: Buffer,
  file: string,
): { readonly text: VaultText } | { readonly problems: readonly Problem[] } {
  if (bytes.length === 0) return { problems: [{ file, line: 1, column: 1, path: "", message: EMPTY_VAULT }] };
  const decoded = decode(bytes, file);
  if ("problem" in decoded) return { problems: [decoded.problem] };
  const { node, problems } = readYaml(decoded.text, file);
  // The parser's words may quote what somebody wrote in the clear.
  if (problems.length > 0) return { problems: problems.map(({ line, column }) => unreadable(file, line, column)) };
  if (node?.kind !== "map") return { problems: [unreadable(file, 1, 1)] };
  const version = find(node, ["version"]);
  if (version?.kind === "scalar" && typeof version.value === "number" && version.value > 1) {
    const message = `it has the form ${version.value}, which a newer Hublet wrote; update Hublet`;
    return { problems: [problemAt(version.place, "version", message)] };
  }
  const checked = vaultSchema.safeParse(toData(node));
  if (!checked.success)
    return {
      problems: checked.error.issues.slice(0, 50).flatMap((issue) => {
        const path = issue.path.map(String);
        const place = placeNear(node, path);
        if (issue.code === "unrecognized_keys")
          return issue.keys.map(() => problemAt(keyPlaceNear(node, path), path, "there is a key that is not known"));
        if (issue.code === "invalid_key")
          return [problemAt(keyPlaceNear(node, path), path.slice(0, 1), issue.issues[0]?.message ?? "is no name")];
        const missing = find(node, path) === undefined;
        return [problemAt(place, path, missing ? "is missing; the file is cut off" : wordsOf(issue))];
      }),
    };
  const { recipients, key, values, authenticator: proof } = checked.data;
  const vault = {
    ...{ recipients: new Map(Object.entries(recipients)), key, authenticator: proof },
    values: new Map(Object.entries(values)),
  };
  return { text: { vault, placeOf: (path) => placeNear(node, path) } };
}

/** Said of a file that somebody is just replacing, too. */
export const EMPTY_VAULT = "the file is empty, as if it was cut off";

function wordsOf(issue: z.core.$ZodIssue): string {
  return issue.code === "custom" || issue.code === "invalid_format" ? issue.message : "is not of the right kind";
}

function unreadable(file: string, line = 1, column = 1): Problem {
  return { file, line, column, path: "", message: "this cannot be understood; it is cut off, or was changed by hand" };
}

/** One error of all of it. */
export function vaultError(file: string, problems: readonly Problem[]): HubError {
  return new HubError(
    "vault-unusable",
    `The vault ${file} cannot be used; nothing was changed. Bring back the file as it was (git log -p ${VAULT_FILE}), or correct it.\n${problems.map(formatProblem).join("\n")}`,
    { facts: { problems } },
  );
}

const HEADER = `# Secrets of a Hublet, sealed: this file may live in git. Change it with “hublet secrets”, not by hand.
# Who is named under “recipients” can open it with a private key of their own.
`;

/** In one order whatever was changed last, so that a diff shows nothing else. */
export function renderVault(vault: Vault): string {
  const names = (map: ReadonlyMap<string, string>): string[] => [...map.keys()].toSorted();
  const lines = [
    "version: 1",
    "recipients:",
    ...names(vault.recipients).map((name) => `  ${scalar(name)}: ${vault.recipients.get(name) ?? ""}`),
    "key: |",
    ...vault.key.trimEnd().split("\n").map(indented),
    vault.values.size === 0 ? "values: {}" : "values:",
    ...names(vault.values).flatMap((name) => sealedLines(name, vault.values.get(name) ?? "")),
    "authenticator:",
    `  recipients: ${scalar(vault.authenticator.recipients)}`,
    `  names: ${scalar(vault.authenticator.names)}`,
  ];
  return `${HEADER}${lines.join("\n")}\n`;
}

function sealedLines(name: string, value: string): string[] {
  const key = `  ${scalar(name)}:`;
  if (value.length <= LINE) return [`${key} ${value}`];
  const parts = Array.from({ length: Math.ceil(value.length / LINE) }, (_, i) => value.slice(i * LINE, (i + 1) * LINE));
  return [`${key} |-`, ...parts.map((part) => `    ${part}`)];
}

/** Names such as `on` or `1.5` need quotes. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

function indented(line: string): string {
  return `  ${line}`;
}
