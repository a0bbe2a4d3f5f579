/** `hublet tls import`: a certificate as an authority sends it, checked and put in its place. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { describeTls, hostOf, isSelfSigned, namesOf } from "../../config/index.ts";
import { type AskPassword, importCertificate, placeOf, writePair } from "../../deploy/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { describe, ownerOf, secretStore, tellLines } from "./tls-config.ts";

export const tlsImport = command({
  path: ["tls", "import"],
  summary: "Take a certificate from an archive or from files: finds key and chain, checks them, puts them in place",
  positionals: [
    {
      name: "files",
      description: "An archive (tar, tar.gz, zip, PKCS#12), or the files of certificate, key and chain in any order.",
      variadic: true,
    },
  ],
  options: {
    passwordFile: z.string().optional().describe("File whose first line is the password of a PKCS#12 file or key."),
    write: z.boolean().default(false).describe("Add the lines to the configuration, when it has no tls yet."),
  },
  examples: [
    "hublet tls import lab.example.org.gz",
    "hublet tls import lab.pfx --password-file pw.txt",
    "hublet tls import fullchain.pem privkey.pem --write",
  ],
  run: async (context, words, options) => {
    const { config } = context.instance();
    const now = Date.now();
    const use = describeTls(config);
    const store = secretStore(context);
    const {
      pair,
      found,
      notes: said,
    } = await importCertificate(
      words.map((word) => resolve(context.cwd, word)),
      {
        host: use.publicUrl === undefined ? undefined : hostOf(use.publicUrl),
        now,
        ask: asker(context, options.passwordFile),
      },
    );
    const leaf = found.leaf.certificate;
    const notes = use.tls?.hsts === false && !isSelfSigned(leaf) ? [...said, HSTS] : said;
    const host = (use.publicUrl === undefined ? undefined : hostOf(use.publicUrl)) ?? namesOf(leaf)[0] ?? "";
    const place = placeOf(config, use, host, store.isVault);
    const key = "file" in place.key ? place.key.file : `${store.what}, as ${place.key.secret}`;
    const owner = await ownerOf(
      context,
      "file" in place.key ? [place.certificate, place.key.file] : [place.certificate],
    );
    await writePair(place, pair, { store, ...owner });
    const told = tellLines(context, use, place, { host, hsts: true, write: options.write });
    const about = describe([leaf, ...found.chain.map(({ certificate }) => certificate)], now);
    const text = [
      ...[...about.text, `Certificate  ${place.certificate}`, `Key          ${key}`],
      ...["", ...notes.map((note) => `Mind: ${note}`), ...told.text],
    ];
    const json = {
      ...about.json,
      certificate: place.certificate,
      key,
      notes,
      lines: told.lines,
      written: told.written,
    };
    return { json, text: text.join("\n").trimEnd() };
  },
});

const HSTS = "tls.hsts is false. Once every browser trusts the certificate, remove that line.";

/** The file's line once; at a terminal a person may try again. */
function asker(context: CliContext, passwordFile: string | undefined): AskPassword {
  if (passwordFile !== undefined) {
    const password = firstLine(resolve(context.cwd, passwordFile));
    return async (_name, again) => (again ? undefined : password);
  }
  if (!context.interactive) return async () => undefined;
  return async (name, again) =>
    context.askSecret(again ? `That was not it. Password of ${name}:` : `Password of ${name}:`);
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    throw new HubError("usage", `The password file ${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}
