/** What the commands about certificates share: where secrets are kept, what is said of a certificate, lines for `hublet.yaml`. */
import type { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  dateText,
  expiryOf,
  isLoopback,
  namesOf,
  secretPath,
  shortName,
  type TlsUse,
  vaultPath,
} from "../../config/index.ts";
import { linesOf, replaceFiles, type SecretStore, type TlsPlace, tlsKeys, withKeys } from "../../deploy/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import type { CliContext } from "../context.ts";
import { accountGroup } from "../secret-owner.ts";
import { openedVault, storeSecret } from "../secrets/store.ts";
import { checkConfigOwner } from "../up/config-owner.ts";

/** The vault when there is one, else the folder of secrets beside the configuration. */
export function secretStore(context: CliContext): SecretStore & { readonly isVault: boolean } {
  const { config } = context.instance();
  const vault = vaultPath(config);
  const isVault = existsSync(vault);
  const write = async (name: string, value: Secret): Promise<void> => void (await storeSecret(context, name, value));
  if (isVault)
    return {
      ...{ what: `the vault ${vault}`, isVault, write },
      read: async (name) => (await openedVault(context)).values.get(name),
    };
  return {
    ...{ what: "the folder of secrets", isVault, write },
    read: async (name) => {
      const path = secretPath(config, name);
      return existsSync(path) ? new Secret(readFileSync(path, "utf8")) : undefined;
    },
  };
}

/** Root writes only where nobody else can, and gives the hub's account the right to read. */
export async function ownerOf(
  context: CliContext,
  paths: readonly string[],
): Promise<{ readonly group?: number | undefined }> {
  for (const path of paths) checkConfigOwner(path);
  return accountGroup(context.instance().account);
}

/** A certificate with what followed it, for people and for JSON. */
export function describe(chain: readonly X509Certificate[], now: number) {
  const [leaf] = chain;
  if (leaf === undefined) throw new HubError("internal", "A chain without a certificate.");
  const { until, state } = expiryOf(leaf, now);
  const last = chain.at(-1) ?? leaf;
  const json = {
    subject: shortName(leaf.subject),
    names: namesOf(leaf),
    issuer: shortName(leaf.issuer),
    validUntil: new Date(until).toISOString(),
    state,
    fingerprint: leaf.fingerprint256,
    chain: chain.map(({ subject }) => shortName(subject)),
  };
  const days = Math.floor((until - now) / 86_400_000);
  const text = [
    `Subject      ${json.subject}`,
    `Names        ${json.names.join(", ") || "none"}`,
    `Issuer       ${json.issuer}`,
    `Valid until  ${dateText(until)}${days >= 0 ? ` (${days} days)` : ", which is over"}`,
    `Chain        ${chain.length} ${chain.length === 1 ? "certificate" : "certificates"}, up to one by “${shortName(last.issuer)}”`,
    `SHA-256      ${json.fingerprint}`,
  ];
  return { json, text };
}

export interface Told {
  readonly text: readonly string[];
  /** Lines that are to be added to the configuration; null when nothing is. */
  readonly lines: string | null;
  readonly written: boolean;
}

/**
 * Says which lines of the configuration go with a pair in its place, or writes them.
 * @param host of the certificate
 * @param hsts false until browsers trust it
 */
export function tellLines(
  context: CliContext,
  use: TlsUse,
  place: TlsPlace,
  options: { readonly host: string; readonly hsts: boolean; readonly write: boolean },
): Told {
  const { config } = context.instance();
  const { host, hsts, write } = options;
  if (place.named)
    return {
      text: [
        `${config} names them already: a hub that reads them here takes them over now; for another host call “hublet apply”.`,
      ],
      lines: null,
      written: false,
    };
  const port = use.listen.slice(use.listen.lastIndexOf(":") + 1);
  const name = isIP(host) === 6 ? `[${host}]` : host;
  const keys = {
    ...(use.publicUrl === undefined && !host.startsWith("*")
      ? { publicUrl: `https://${name}${port === "443" ? "" : `:${port}`}` }
      : {}),
    tls: { ...tlsKeys(config, place), ...(hsts ? {} : { hsts: false }) },
  };
  const lines = linesOf(keys);
  const notes = [
    ...(use.publicUrl?.startsWith("http:") === true
      ? [`Change publicUrl too: ${use.publicUrl.replace("http:", "https:")}`]
      : []),
    ...(isLoopback(use.listen.replace(/:\d+$/, ""))
      ? [
          `Hublet listens on ${use.listen}, which is this computer alone. For everybody: listen: 0.0.0.0:443, redirectFrom: 80 under tls, and publicUrl: https://${name}`,
        ]
      : []),
    "Then “hublet apply”, or start “hublet up” again. From then on changed files are taken over live.",
  ];
  if (!write)
    return { text: [`Add to ${config} (or call this with --write):`, "", lines, ...notes], lines, written: false };
  writeKeys(config, keys);
  return { text: [`Added to ${config}:`, "", lines, ...notes], lines, written: true };
}

function writeKeys(config: string, keys: Readonly<Record<string, unknown>>): void {
  if (!existsSync(config))
    throw new HubError(
      "not-found",
      `There is no configuration ${config} to add lines to. “hublet init” makes one; the certificate is in its place.`,
    );
  checkConfigOwner(config);
  replaceFiles([{ path: config, text: withKeys(readFileSync(config, "utf8"), keys), secret: false }]);
}
