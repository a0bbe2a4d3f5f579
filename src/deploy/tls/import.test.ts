/** Certificates as authorities send them, made by the real OpenSSL, tar and zip. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { after, test } from "node:test";
import { certificatesIn, shortName } from "../../config/index.ts";
import { type Authority, makeAuthority } from "./certificates.fixture.ts";
import { importCertificate } from "./import.ts";

const HOST = "lab.example.org";
const PASSWORD = "pass wörd";

const files = makeAuthority({ after });

interface Asked {
  readonly passwords?: readonly string[];
  readonly host?: string | undefined;
}

/** Imports files of the folder; each question for a password takes the next answer. */
async function take(names: readonly string[], { passwords = [], host = HOST }: Asked = {}) {
  const asked: string[] = [];
  const imported = await importCertificate(
    names.map((name) => (name.startsWith("/") ? name : files.path(name))),
    {
      ...{ host, now: Date.now() },
      ask: async (name) => passwords[asked.push(name) - 1],
    },
  );
  return {
    ...imported,
    asked,
    subjects: certificatesIn(imported.pair.certificate).map(({ subject }) => shortName(subject)),
    fits: new X509Certificate(imported.pair.certificate).checkPrivateKey(createPrivateKey(imported.pair.key.reveal())),
  };
}

function tar(archive: string, names: readonly string[], ...more: readonly string[]): void {
  execFileSync("tar", [...more, "-cf", archive, ...names], { cwd: files.folder });
}

async function refused(names: readonly string[], pattern: RegExp, asked: Asked = {}): Promise<void> {
  await assert.rejects(take(names, asked), (error: Error & { code?: string }) => {
    assert.match(error.message, pattern);
    assert.ok(["certificate-unusable", "not-found"].includes(error.code ?? ""), error.code);
    return true;
  });
}

test("a gzipped tar named FQDN.gz: leaf, key and chain are found by what they are, ordered, without the root", async () => {
  files.write("a-ca-bundle.txt", files.read("root.crt") + files.read("middle.crt"));
  files.write("readme.txt", "Dear customer,\n");
  files.write("z.dat", files.read("lab.key"));
  tar(`${HOST}.gz`, ["a-ca-bundle.txt", "readme.txt", "z.dat", "lab.crt"], "-z");
  const { subjects, fits, notes } = await take([`${HOST}.gz`]);
  assert.deepEqual([subjects, fits], [["Test lab", "Test middle"], true]);
  assert.match(notes.join(), /root “Test root” in .*lab\.example\.org\.gz: a-ca-bundle\.txt is left out/);
});

test("tar, zip, and a zip that holds a tar", async () => {
  const all = ["lab.key", "middle.crt", "lab.crt"];
  tar("plain.tar", all);
  execFileSync("python3", ["-m", "zipfile", "-c", "lab.zip", ...all], { cwd: files.folder });
  execFileSync("python3", ["-m", "zipfile", "-c", "outer.zip", "plain.tar"], { cwd: files.folder });
  for (const archive of ["plain.tar", "lab.zip", "outer.zip"]) {
    const { subjects, fits, found } = await take([archive]);
    assert.deepEqual([archive, subjects, fits], [archive, ["Test lab", "Test middle"], true]);
    assert.ok(found.leaf.name.startsWith(`${files.path(archive)}: `), found.leaf.name);
  }
});

const SCHEMES = {
  "RC2 and 3DES, as old programs write": ["-legacy"],
  "AES, as new ones do": [],
  "AES without a check": ["-nomac"],
} as const;
for (const [scheme, more] of Object.entries(SCHEMES)) {
  test(`PKCS#12 with ${scheme}, of elliptic curves and of RSA`, async () => {
    files.leaf("rsa", { key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] });
    for (const name of ["lab", "rsa"]) {
      files.openssl(
        ...["pkcs12", "-export", ...more, "-passout", `pass:${PASSWORD}`, "-name", "x"],
        ...["-inkey", `${name}.key`, "-in", `${name}.crt`, "-certfile", "middle.crt", "-out", `${name}.pfx`],
      );
      const { subjects, fits, asked } = await take([`${name}.pfx`], { passwords: ["wrong", PASSWORD] });
      assert.deepEqual([subjects, fits], [[`Test ${name}`, "Test middle"], true]);
      assert.equal(asked.length, 2, "the wrong password is asked for again");
      await refused([`${name}.pfx`], /has a password, and the right one was not given/, {
        passwords: ["no", "No", "NO"],
      });
      await refused([`${name}.pfx`], /has a password/);
    }
  });
}

test("PKCS#12 with an empty password is not asked for one", async () => {
  files.openssl(..."pkcs12 -export -passout pass: -inkey lab.key -in lab.crt -out open.p12".split(" "));
  const { fits, asked } = await take(["open.p12"]);
  assert.deepEqual([fits, asked], [true, []]);
});

test("single files in any order, in PEM, DER, and as Notepad saves them", async () => {
  files.openssl(..."x509 -in lab.crt -outform DER -out lab.cer".split(" "));
  files.openssl(..."pkcs8 -topk8 -nocrypt -in lab.key -outform DER -out lab.p8".split(" "));
  files.write("utf16.crt", Buffer.from(`\ufeff${files.read("lab.crt").replaceAll("\n", "\r\n")}`, "utf16le"));
  for (const given of [
    ["lab.crt", "lab.key", "middle.crt"],
    ["middle.crt", "lab.key", "lab.cer"],
    ["lab.p8", "utf16.crt", "middle.crt"],
  ]) {
    const { subjects, fits } = await take(given);
    assert.deepEqual([subjects, fits], [["Test lab", "Test middle"], true]);
  }
});

test("a key with a pass phrase, in the new form and the old", async () => {
  files.openssl("pkcs8", "-topk8", "-in", "lab.key", "-passout", `pass:${PASSWORD}`, "-out", "new.key");
  files.openssl("ec", "-aes256", "-in", "lab.key", "-passout", `pass:${PASSWORD}`, "-out", "old.key");
  for (const key of ["new.key", "old.key"]) {
    const { pair, asked } = await take(["lab.crt", "middle.crt", key], { passwords: ["wrong", PASSWORD] });
    assert.match(pair.key.reveal(), /^-----BEGIN PRIVATE KEY-----/, "what is kept has none");
    assert.deepEqual(asked, [files.path(key), files.path(key)]);
    await refused(["lab.crt", key], /The private key in .*\.key has a pass phrase/);
  }
});

test("of several certificates the one for this host is taken, then the one that lasts longest", async () => {
  files.leaf("other", { san: "DNS:other.example.org", days: 300 });
  files.leaf("short", { days: 30 });
  tar("many.tar", ["short.crt", "short.key", "other.crt", "other.key", "lab.crt", "lab.key", "middle.crt"]);
  assert.deepEqual((await take(["many.tar"])).subjects, ["Test lab", "Test middle"]);
  assert.deepEqual((await take(["many.tar"], { host: "other.example.org" })).subjects[0], "Test other");
});

test("where the root is signed by an older one too, the shorter chain is sent", async () => {
  files.leaf("older", { by: "self", ca: true, san: null });
  // The same name and key as the root, signed by the older one.
  files.openssl(..."x509 -in root.crt -signkey root.key -x509toreq -out root.csr".split(" "));
  files.write("cross.ext", "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n");
  files.openssl(
    ..."x509 -req -in root.csr -CA older.crt -CAkey older.key -CAcreateserial -days 80 -extfile cross.ext -out cross.crt".split(
      " ",
    ),
  );
  const given = ["lab.crt", "lab.key", "cross.crt", "older.crt", "middle.crt"];
  assert.deepEqual((await take(given)).subjects, ["Test lab", "Test middle", "Test root"]);
  assert.deepEqual((await take([...given, "root.crt"])).subjects, ["Test lab", "Test middle"]);
});

test("a chain that lacks what signed it is told by the authority's own words about where it is", async () => {
  files.leaf("aia", { extensions: ["authorityInfoAccess=caIssuers;URI:http://ca.example/middle.crt"] });
  assert.match(
    (await take(["aia.crt", "aia.key"])).notes.join(),
    /“Test middle” is missing, which signed that of “Test aia”/,
  );
  assert.doesNotMatch((await take(["aia.crt", "aia.key", "middle.crt"])).notes.join(), /missing/);
  assert.doesNotMatch(
    (await take(["lab.crt", "lab.key"])).notes.join(),
    /missing/,
    "a small authority's root is on the devices",
  );
});

test("what does not belong together is refused with the file's name in the archive", async () => {
  files.leaf("foreign");
  tar("mixed.tar", ["lab.crt", "foreign.key"]);
  await refused(
    ["mixed.tar"],
    /The key in \S+mixed\.tar: foreign\.key belongs to none of the certificates: “Test lab” for lab\.example\.org in \S+mixed\.tar: lab\.crt/,
  );
  await refused(["lab.crt", "middle.crt"], /lab\.crt, \S+middle\.crt holds no private key, only certificates/);
  await refused(["lab.key"], /holds no certificate\. Found were: a key in/);
  await refused(["readme.txt"], /holds no certificate/);
  await refused(["nowhere.pem"], /There is no file/);
  await refused([files.folder], /is not a file/);
});

test("an intermediate of the right name and the wrong key is refused", async () => {
  files.leaf("fake", { by: "root", ca: true, san: null });
  files.openssl(..."req -new -key fake.key -out fake.csr -subj".split(" "), "/CN=Test middle");
  files.write("fake.ext", "basicConstraints=critical,CA:TRUE\n");
  files.openssl(
    ..."x509 -req -in fake.csr -CA root.crt -CAkey root.key -CAcreateserial -extfile fake.ext -out fake.crt".split(" "),
  );
  files.leaf("nokeyid", { extensions: ["authorityKeyIdentifier=none"] });
  await refused(
    ["nokeyid.crt", "nokeyid.key", "fake.crt"],
    /“Test middle” in \S+fake\.crt has the name .* the signature is not its/,
  );
});

test("what browsers refuse is refused, each thing in its own words", async () => {
  const wishes: Readonly<Record<string, readonly [Parameters<Authority["leaf"]>[1], RegExp]>> = {
    host: [
      { san: "DNS:other.example.org,IP:192.0.2.1" },
      /is for other\.example\.org, 192\.0\.2\.1, not for lab\.example\.org, the host of publicUrl/,
    ],
    over: [{ days: -3 }, /“Test over” in \S+over\.crt expired on \d{4}-/],
    future: [{ inDays: 5 }, /is valid only from .* clock/],
    unnamed: [{ san: null }, /names no host as a subject alternative name/],
    client: [{ extensions: ["extendedKeyUsage=clientAuth"] }, /lacks serverAuth/],
    weak: [{ key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"] }, /has 1024 bits/],
    curve: [{ key: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"] }, /curve secp256k1/],
    edwards: [{ key: ["-algorithm", "ED25519"] }, /kind ed25519/],
    sha1: [{ digest: "sha1" }, /signed with ecdsa-with-SHA1/],
  };
  for (const [name, [wish, pattern]] of Object.entries(wishes)) {
    files.leaf(name, wish);
    await refused([`${name}.crt`, `${name}.key`, "middle.crt"], pattern);
  }
  files.leaf("old", { by: "root", ca: true, san: null, days: -1 });
  files.leaf("under", { by: "old" });
  await refused(["under.crt", "under.key", "old.crt"], /“Test old” in \S+old\.crt expired/);
});

test("wildcards and addresses are names too; soon over and signed by itself are only told", async () => {
  files.leaf("wild", { san: "DNS:*.example.org" });
  files.leaf("address", { san: "IP:192.0.2.7,IP:2001:db8::7" });
  files.leaf("soon", { days: 1.5 });
  files.leaf("self", { by: "self" });
  assert.equal((await take(["wild.crt", "wild.key"])).fits, true);
  await refused(["wild.crt", "wild.key"], /not for a\.b\.example\.org/, { host: "a.b.example.org" });
  for (const host of ["192.0.2.7", "2001:db8::7"])
    assert.ok((await take(["address.crt", "address.key"], { host })).fits);
  assert.match((await take(["soon.crt", "soon.key"])).notes.join(), /expires soon/);
  assert.match((await take(["self.crt", "self.key"])).notes.join(), /signed by itself/);
  assert.equal(
    (await take(["wild.crt", "wild.key"], { host: undefined })).fits,
    true,
    "no publicUrl, no name to check",
  );
});

test("what cannot be read here says how to turn it into what can", async () => {
  files.openssl(..."crl2pkcs7 -nocrl -certfile lab.crt -out lab.p7b".split(" "));
  await refused(["lab.p7b", "lab.key"], /PKCS#7 bundle.*openssl pkcs7 -print_certs/);
  files.write("cut.pem", files.read("lab.crt").slice(0, 300));
  await refused(["cut.pem", "lab.key"], /cut\.pem is damaged: .* is cut off/);
  files.write("bad.pem", files.read("lab.crt").replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"));
  await refused(["bad.pem", "lab.key"], /bad\.pem holds a damaged certificate/);
});
