/** `hublet tls selfsigned`: a certificate of the hub's own small authority. */
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { describeTls, hostOf, isLoopback, type TlsUse } from "../../config/index.ts";
import {
  authorityPlace,
  checkedHost,
  hostsOf,
  isFromAuthority,
  placeOf,
  selfSign,
  trustLines,
  writePair,
} from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { describe, ownerOf, secretStore, tellLines } from "./tls-config.ts";

export const tlsSelfsigned = command({
  path: ["tls", "selfsigned"],
  summary: "Make a certificate with a small authority of this hub's own, or the next one; says how devices trust it",
  positionals: [],
  options: {
    name: z
      .array(z.string())
      .default([])
      .describe("A host name or address that people type; may be given more than once. Default: that of publicUrl."),
    newAuthority: z.boolean().default(false).describe("Make a new authority; every device must trust it again."),
    replace: z.boolean().default(false).describe("Replace a certificate of another authority."),
    write: z.boolean().default(false).describe("Add the lines to the configuration, when it has no tls yet."),
  },
  examples: ["hublet tls selfsigned", "hublet tls selfsigned --name lab.local --name 192.0.2.7 --write"],
  run: async (context, _words, options) => {
    const { config } = context.instance();
    const now = Date.now();
    const use = describeTls(config);
    const store = secretStore(context);
    const from = authorityPlace(config, store.isVault);
    const hosts = hostsFor(options.name, use, from);
    const [host = ""] = hosts;
    const place = placeOf(config, use, host, store.isVault);
    if (existsSync(place.certificate) && !isFromAuthority(place.certificate, from) && !options.replace)
      throw new HubError(
        "conflict",
        `${place.certificate} is a certificate of another authority. Nothing was changed. Add --replace to put a self-signed one in its place.`,
      );
    const owner = await ownerOf(
      context,
      [place, from].flatMap(({ certificate, key }) => ("file" in key ? [certificate, key.file] : [certificate])),
    );
    const signed = await selfSign(hosts, from, { store, now, replaceAuthority: options.newAuthority, ...owner });
    await writePair(place, signed.pair, { store, ...owner });
    const told = tellLines(context, use, place, { host, hsts: false, write: options.write });
    const about = describe([new X509Certificate(signed.pair.certificate)], now);
    const authority = describe([new X509Certificate(signed.authority.certificate)], now).json;
    const trust = trustLines(from.certificate, host);
    const key = "file" in place.key ? place.key.file : `${store.what}, as ${place.key.secret}`;
    const text = [
      ...[
        ...about.text,
        `Certificate  ${place.certificate}`,
        `Key          ${key}`,
        "",
        ...told.text.join("\n").trimEnd().split("\n"),
        "",
      ],
      ...(use.tls !== undefined && use.tls.hsts !== false ? [`Mind: ${HSTS}`, ""] : []),
      signed.isNew
        ? `The authority is new. Every device trusts it once, by the file ${from.certificate}:`
        : `The authority is the one that devices trust already. For others, by the file ${from.certificate}:`,
      ...trust.map((each) => `  ${each.on}: ${each.do}`),
      `Compare its fingerprint before: SHA-256 ${authority.fingerprint}`,
      `It may sign for ${hosts.join(", ")} alone, until ${authority.validUntil.slice(0, 10)}. The certificate is renewed by calling this again.`,
    ];
    const json = {
      ...about.json,
      ...{ certificate: place.certificate, key, lines: told.lines, written: told.written },
      authority: { ...authority, file: from.certificate, isNew: signed.isNew, trust },
    };
    return { json, text: text.join("\n") };
  },
});

const HSTS =
  "write “hsts: false” under tls until every device trusts the authority; a browser that was told of HSTS lets nobody past its warning.";

/** What was said; else as before, with the address that people type; else what this host is called. */
function hostsFor(names: readonly string[], use: TlsUse, from: ReturnType<typeof authorityPlace>): readonly string[] {
  if (names.length > 0) return [...new Set(names.map(checkedHost))];
  const typed = use.publicUrl === undefined ? [] : [hostOf(use.publicUrl) ?? ""];
  const before =
    use.tls !== undefined && isFromAuthority(use.tls.certificate, from) ? hostsOf(use.tls.certificate) : [];
  const found = [...typed, ...before].filter((host) => host !== "");
  if (found.length > 0) return [...new Set(found.map(checkedHost))];
  const listening = hostOf(`http://${use.listen}`) ?? "";
  const everybody = ["", "0.0.0.0", "::"].includes(listening);
  return [checkedHost(everybody || isLoopback(listening) ? hostname() : listening)];
}
