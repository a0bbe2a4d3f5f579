/** `hublet tls show`: the certificate that is configured, and the one that is served. */
import { readFileSync } from "node:fs";
import { describeTls, hostOf, type TlsUse } from "../../config/index.ts";
import { lookAtTls, type SecretStore, servedFingerprint } from "../../deploy/index.ts";
import { HubError, messageOf, Secret } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { describe, secretStore } from "./tls-config.ts";

export const tlsShow = command({
  path: ["tls", "show"],
  summary: "Show the certificate: names, chain, until when it is valid, and what is wrong with it",
  positionals: [],
  options: {},
  examples: ["hublet tls show", "hublet tls show --json"],
  run: async (context) => {
    const { config } = context.instance();
    const use = describeTls(config);
    if (use.tls === undefined) {
      const text = `${config} has no tls: Hublet serves plain HTTP. “hublet tls import” takes a certificate, “hublet tls selfsigned” makes one.`;
      return { json: { configured: false }, text };
    }
    const now = Date.now();
    const { certificate: file } = use.tls;
    const host = use.publicUrl === undefined ? undefined : hostOf(use.publicUrl);
    const key = await keyOf(use.tls, secretStore(context));
    const look = lookAtTls({ text: read(file), file }, "value" in key ? key.value : undefined, { host, now });
    const problems = [...look.problems, ...("problem" in key ? [key.problem] : [])];
    const [leaf] = look.chain;
    const served = await servedFingerprint(use.listen, host);
    const serves = servedText(served, leaf?.fingerprint256, use.listen);
    const about = leaf === undefined ? undefined : describe(look.chain, now);
    const text = [
      `Certificate  ${file}`,
      `Key          ${"file" in use.tls.key ? use.tls.key.file : `the secret ${use.tls.key.secret}`}`,
      ...(about?.text ?? []),
      `Served       ${serves}`,
      ...problems.map((problem) => `Wrong: ${problem}`),
      ...look.warnings.map((warning) => `Mind: ${warning}`),
    ];
    const json = { configured: true, file, ...about?.json, served: serves, problems, warnings: look.warnings };
    return { json, text: text.join("\n"), exitCode: problems.length > 0 ? 1 : 0 };
  },
});

function servedText(
  served: Awaited<ReturnType<typeof servedFingerprint>>,
  fingerprint: string | undefined,
  listen: string,
): string {
  if ("why" in served) return `${listen} ${served.why}`;
  return served.fingerprint === fingerprint
    ? `this certificate, at ${listen}`
    : `another certificate, at ${listen}: SHA-256 ${served.fingerprint}. See “hublet config diff”.`;
}

async function keyOf(
  { key }: NonNullable<TlsUse["tls"]>,
  store: SecretStore,
): Promise<{ readonly value: Secret } | { readonly problem: string }> {
  try {
    if ("file" in key) return { value: new Secret(read(key.file)) };
    const value = await store.read(key.secret);
    return value === undefined ? { problem: `The key ${key.secret} is not in ${store.what}.` } : { value };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { problem: error.message };
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new HubError("certificate-unusable", `${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
