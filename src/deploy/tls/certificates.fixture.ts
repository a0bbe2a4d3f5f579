/** Certificates for tests, made by the real OpenSSL: a root, an intermediate, and leaves of every kind. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface LeafWish {
  /** Subject alternative names; `null` for none. Default: DNS:lab.example.org. */
  readonly san?: string | null;
  /** Days until the end; negative: it is over. Default 90. */
  readonly days?: number;
  /** As `openssl genpkey` takes it. Default: EC on P-256. */
  readonly key?: readonly string[];
  readonly digest?: string;
  /** More lines of extensions. */
  readonly extensions?: readonly string[];
  /** Who signs; `self` for none. Default: `middle`. */
  readonly by?: string;
  /** Begins only after so many days. */
  readonly inDays?: number;
  readonly ca?: boolean;
}

export interface Authority {
  readonly folder: string;
  path(name: string): string;
  read(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  /** Makes NAME.crt and NAME.key. */
  leaf(name: string, wish?: LeafWish): void;
  openssl(...argv: readonly string[]): string;
}

export const EC_KEY = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** A folder with root.crt, middle.crt (signed by it), and lab.crt (signed by middle), with their keys. */
export function makeAuthority(t: { after(remove: () => void): void }): Authority {
  const folder = mkdtempSync(join(tmpdir(), "hublet-tls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  const openssl = (...argv: readonly string[]): string =>
    execFileSync("openssl", argv, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const authority: Authority = {
    ...{ folder, path, openssl },
    read: (name) => readFileSync(path(name), "utf8"),
    write: (name, content) => {
      writeFileSync(path(name), content);
      return path(name);
    },
    leaf: (name, wish = {}) => makeLeaf(authority, name, wish),
  };
  authority.leaf("root", { by: "self", ca: true, san: null });
  authority.leaf("middle", { by: "root", ca: true, san: null });
  authority.leaf("lab");
  return authority;
}

/** `openssl ca` is the one that takes any dates. */
function makeLeaf({ openssl, path, write }: Authority, name: string, wish: LeafWish): void {
  const { san = "DNS:lab.example.org", days = 90, key = EC_KEY, digest = "sha256", by = "middle", ca = false } = wish;
  openssl("genpkey", ...key, "-out", `${name}.key`);
  openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=Test ${name}`, "-out", `${name}.csr`);
  const extensions = [
    `basicConstraints=critical,CA:${ca ? "TRUE" : "FALSE"}`,
    "subjectKeyIdentifier=hash",
    ...(by === "self" ? [] : ["authorityKeyIdentifier=keyid"]),
    ...(ca ? ["keyUsage=critical,keyCertSign,cRLSign"] : []),
    ...(san === null ? [] : [`subjectAltName=${san}`]),
    ...(wish.extensions ?? []),
  ];
  write(
    `${name}.cnf`,
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${name}.db\nnew_certs_dir=.\nrand_serial=yes\npolicy=p\nunique_subject=no\n[p]\nCN=supplied\n[x]\n${extensions.join("\n")}\n`,
  );
  write(`${name}.db`, "");
  const begin = Date.now() + ((wish.inDays ?? 0) - (days < 0 ? 1 - days : 1 / 24)) * 86_400_000;
  const signer =
    by === "self" ? ["-selfsign", "-keyfile", `${name}.key`] : ["-cert", `${by}.crt`, "-keyfile", `${by}.key`];
  openssl(
    ...["ca", "-batch", "-notext", "-config", `${name}.cnf`, "-extensions", "x", "-md", digest],
    ...[...signer, "-in", `${name}.csr`, "-out", `${name}.crt`],
    ...["-startdate", asnTime(begin), "-enddate", asnTime(Date.now() + days * 86_400_000)],
  );
  if (!existsSync(path(`${name}.crt`))) throw new Error(`openssl made no ${name}.crt`);
}

function asnTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
}
