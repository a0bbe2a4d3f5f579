/** What is said of a certificate when a configuration is loaded: before browsers say it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadSnapshot } from "../load.ts";
import { expiryOf, isFor, namesOf, pemBlocks } from "./certificate-facts.ts";

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "hublet-chain-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

/** NAME.crt and NAME.key, signed by another one of the folder or by itself. */
function make(
  name: string,
  extensions: readonly string[],
  { by, days = 90 }: { by?: string; days?: number } = {},
): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
  const signer = by === undefined ? [] : ["-CA", `${by}.crt`, "-CAkey", `${by}.key`];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      ...key,
      "-subj",
      `/CN=Test ${name}`,
      "-days",
      String(days),
      ...signer,
      "-out",
      `${name}.crt`,
    ].concat(extensions.flatMap((extension) => ["-addext", extension])),
    { cwd: folder, stdio: "pipe" },
  );
}

const CA = ["basicConstraints=critical,CA:TRUE"];
const LEAF = ["basicConstraints=critical,CA:FALSE", "subjectAltName=DNS:lab.example.org"];
make("root", CA);
make("middle", CA, { by: "root" });
make("lab", LEAF, { by: "middle" });
make("aia", [...LEAF, "authorityInfoAccess=caIssuers;URI:http://ca.example/m.crt"], { by: "middle" });
make("self", LEAF);

async function warnings(files: readonly string[], yaml = "", host = "lab.example.org"): Promise<readonly string[]> {
  writeFileSync(join(folder, "chain.pem"), files.map((file) => read(`${file}.crt`)).join(""));
  const key = `certificate: chain.pem, key: ${files[0]}.key`;
  writeFileSync(join(folder, "hublet.yaml"), `publicUrl: https://${host}\ntls: {${key}${yaml}}\n`);
  return (await loadSnapshot({ file: join(folder, "hublet.yaml"), environment: {} })).warnings;
}

test("a chain in order, with the root or without it, is nothing to speak of", async () => {
  assert.deepEqual(await warnings(["lab", "middle"]), []);
  assert.deepEqual(await warnings(["lab", "middle", "root"]), []);
  assert.deepEqual(await warnings(["lab"]), [], "a small authority's chain may be on the devices");
});

test("a chain out of order, a stranger in it, and one that is missing are told", async () => {
  assert.match(
    (await warnings(["lab", "root", "middle"])).join(),
    /chain is out of order: “Test middle” signed the certificate of “Test lab”/,
  );
  assert.match((await warnings(["lab", "self"])).join(), /“Test self” follows that of “Test lab”, but did not sign it/);
  assert.match(
    (await warnings(["aia"])).join(),
    /“Test middle” is missing, which signed that of “Test aia”.*fullchain/,
  );
  assert.deepEqual(await warnings(["aia", "middle"]), []);
});

test("another host than that of publicUrl is told; wildcards and common names are read as browsers do", async () => {
  assert.match(
    (await warnings(["lab"], "", "other.example.org")).join(),
    /is not for other\.example\.org, the host of publicUrl, but for lab\.example\.org/,
  );
  make("wild", ["subjectAltName=DNS:*.example.org,IP:2001:db8::7"]);
  make("named", []);
  const [wild, named] = [new X509Certificate(read("wild.crt")), new X509Certificate(read("named.crt"))];
  assert.deepEqual(
    ["a.example.org", "a.b.example.org", "example.org", "2001:db8::7", "2001:db8::8"].map((host) => isFor(wild, host)),
    [true, false, false, true, false],
  );
  assert.deepEqual([namesOf(wild)[0], namesOf(named), isFor(named, "Test named")], ["*.example.org", [], false]);
});

test("signed by itself with HSTS nobody could get past the browser's warning", async () => {
  assert.match((await warnings(["self"])).join(), /signed by itself, and tls\.hsts forbids.*hsts: false/);
  assert.deepEqual(await warnings(["self"], ", hsts: false"), []);
});

test("how long before its end a certificate is warned of goes by the length of its life", () => {
  for (const [life, warned] of [
    [398, 21],
    [90, 21],
    [45, 11.25],
    [6, 2],
    [1, 1],
  ] as const) {
    make("life", LEAF, { days: life });
    const certificate = new X509Certificate(read("life.crt"));
    const until = certificate.validToDate.getTime();
    const state = (days: number): string => expiryOf(certificate, until - days * DAY_MS).state;
    if (warned < life) assert.equal(state(warned + 0.01), "good", `${life}`);
    assert.equal(state(warned - 0.01), "soon", `${life}`);
    assert.deepEqual([state(-0.01), state(life + 1)], ["over", "not-yet"]);
    // Each state says when it ends, and then it is another one.
    for (let now = until - 500 * DAY_MS, seen = 0; ; seen++) {
      const { state: one, changesAt } = expiryOf(certificate, now);
      if (changesAt === undefined) break;
      assert.ok(seen < 4 && changesAt > now);
      assert.notEqual(expiryOf(certificate, changesAt).state, one);
      now = changesAt;
    }
  }
});

test("PEM is read in one pass: text around, other parts, and what is cut off", () => {
  const text = `Bag Attributes\n${read("lab.crt")}\n-----BEGIN nonsense\n${read("lab.key")}tail`;
  assert.deepEqual(
    pemBlocks(text).map(({ label }) => label),
    ["CERTIFICATE", "PRIVATE KEY"],
  );
  assert.throws(() => pemBlocks(read("lab.crt").slice(0, -10)), /cut off/);
});
