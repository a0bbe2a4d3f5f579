/** `hublet tls …` in this process, on files that the real OpenSSL made. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer as createPlain } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { selfSigned } from "../../../test/support/certificates.ts";
import { loadSnapshot, openLiveConfig } from "../../config/index.ts";
import { systemClock } from "../../kernel/index.ts";
import { type Desk, desk } from "./desk.fixture.ts";

const URL_LINE = "publicUrl: https://lab.example.org\n";

/** A desk whose configuration names a certificate that is in place. */
async function served(t: TestContext, config = URL_LINE): Promise<Desk> {
  const at = desk(t, config);
  const { code, err } = await at.run(["tls", "selfsigned", "--write"]);
  assert.equal(code, 0, err);
  return at;
}

function load(at: Desk): ReturnType<typeof loadSnapshot> {
  return loadSnapshot({ file: at.file, environment: { HOME: at.folder } });
}

async function json<T>(at: Desk, ...argv: readonly string[]): Promise<T> {
  const { code, out, err } = await at.run([...argv, "--json"]);
  assert.equal(code, 0, out + err);
  return JSON.parse(out) as T;
}

/** A certificate and key for lab.example.org, as files of the desk; not of the hub's own authority. */
async function bought(t: TestContext, at: Desk, name: string): Promise<readonly string[]> {
  const elsewhere = desk(t, URL_LINE);
  await elsewhere.run(["tls", "selfsigned"]);
  const files = ["crt", "key"].map((end) => join(at.folder, `${name}.${end}`));
  for (const file of files) copyFileSync(join(elsewhere.folder, "tls", `lab.example.org.${file.slice(-3)}`), file);
  return files;
}

test("import puts certificate and key beside the configuration, says what it is, and prints exactly the lines to add", async (t) => {
  const at = desk(t, `# mine\n${URL_LINE}`);
  const files = await bought(t, at, "any");
  const { code, out, err } = await at.run(["tls", "import", ...files]);
  assert.equal(code, 0, err);
  assert.match(
    out,
    /^Subject {6}Hublet at lab\.example\.org\nNames {8}lab\.example\.org\nIssuer .*\nValid until .*days\)\nChain {8}1 cert/,
  );
  assert.match(out, /\ntls:\n {2}certificate: tls\/lab\.example\.org\.crt\n {2}key: tls\/lab\.example\.org\.key\n/);
  assert.equal(readFileSync(at.file, "utf8"), `# mine\n${URL_LINE}`, "nothing is written without --write");
  assert.equal(statSync(join(at.folder, "tls/lab.example.org.key")).mode & 0o007, 0);
  const lines = /\n(tls:\n(?: {2}.*\n)+)/.exec(out)?.[1] ?? "";
  writeFileSync(at.file, `${URL_LINE}${lines}`);
  assert.equal(new X509Certificate((await load(at)).tls?.certificate ?? "").subject, "CN=Hublet at lab.example.org");
});

test("--write adds the lines and keeps every other; without publicUrl it comes from the certificate", async (t) => {
  const at = desk(t, "# mine\nname:  'Lab' # ours\nlisten: 0.0.0.0:443\n");
  const files = await bought(t, at, "any");
  const { written, notes } = await json<{ written: boolean; notes: string[] }>(
    at,
    "tls",
    "import",
    ...files,
    "--write",
  );
  assert.deepEqual([written, notes], [true, []]);
  const text = readFileSync(at.file, "utf8");
  assert.ok(text.startsWith("# mine\nname:  'Lab' # ours\nlisten: 0.0.0.0:443\n"), text);
  assert.deepEqual(parse(text), {
    ...{ name: "Lab", listen: "0.0.0.0:443", publicUrl: "https://lab.example.org" },
    tls: { certificate: "tls/lab.example.org.crt", key: "tls/lab.example.org.key" },
  });
  assert.ok((await load(at)).tls !== undefined);
});

test("with a vault the key lies in no file, and a renewal goes the same way", async (t) => {
  const at = desk(t, URL_LINE);
  assert.equal((await at.run(["secrets", "init", "--name", "ada"])).code, 0);
  const first = await bought(t, at, "first");
  await json(at, "tls", "import", ...first, "--write");
  assert.deepEqual((parse(readFileSync(at.file, "utf8")) as { tls: unknown }).tls, {
    certificate: "tls/lab.example.org.crt",
    key: { secret: "tls-key" },
  });
  assert.ok(!existsSync(join(at.folder, "tls/lab.example.org.key")));
  assert.doesNotMatch(readFileSync(join(at.folder, "secrets.age"), "utf8"), /PRIVATE KEY/);
  for (const name of ["second", "third"]) {
    const next = await bought(t, at, name);
    await json(at, "tls", "import", ...next);
    const { tls } = await load(at);
    assert.equal(tls?.certificate, readFileSync(next[0] ?? "", "utf8"));
    assert.equal(tls?.key.reveal().trim(), readFileSync(next[1] ?? "", "utf8").trim());
  }
  await json(at, "tls", "selfsigned", "--replace");
  assert.ok(!existsSync(join(at.folder, "tls/ca.key")), "the authority's key neither");
  assert.deepEqual((await json<{ problems: string[] }>(at, "tls", "show")).problems, []);
});

test("a certificate for another host, and whatever else is wrong, changes nothing", async (t) => {
  const at = await served(t);
  const before = readFileSync(join(at.folder, "tls/lab.example.org.crt"), "utf8");
  const files = await bought(t, at, "any");
  writeFileSync(at.file, readFileSync(at.file, "utf8").replace("lab.example.org\n", "other.example.org\n"));
  const { code, err } = await at.run(["tls", "import", ...files]);
  assert.equal(code, 1);
  assert.match(
    err,
    /is for lab\.example\.org, not for other\.example\.org, the host of publicUrl.*Nothing was changed/,
  );
  const nothing = await at.run(["tls", "import", join(at.folder, "nowhere.gz")]);
  assert.match(nothing.err, /There is no file/);
  assert.equal(readFileSync(join(at.folder, "tls/lab.example.org.crt"), "utf8"), before);
});

test("a configuration with mistakes in tls is told of, not written over", async (t) => {
  const at = desk(t, `${URL_LINE}tls: {certificat: a.crt}\n`);
  const files = await bought(t, at, "any");
  const { code, err } = await at.run(["tls", "import", ...files, "--write"]);
  assert.equal(code, 1);
  assert.match(err, /certificat: unknown key/);
});

test("tls is written before its files are there: import brings them to the very places", async (t) => {
  const at = desk(t, `${URL_LINE}tls: {certificate: certs/my.pem, key: certs/my.key}\n`);
  const files = await bought(t, at, "any");
  const { lines } = await json<{ lines: unknown }>(at, "tls", "import", ...files);
  assert.equal(lines, null);
  assert.equal((await load(at)).tls?.certificate, readFileSync(files[0] ?? "", "utf8"));
});

test("a password comes from a person, who may try again, or from a file", async (t) => {
  const at = desk(t, URL_LINE);
  const [certificate = "", key = ""] = await bought(t, at, "any");
  const pfx = join(at.folder, "any.pfx");
  execFileSync("openssl", [
    "pkcs12",
    "-export",
    "-passout",
    "pass:secret",
    "-in",
    certificate,
    "-inkey",
    key,
    "-out",
    pfx,
  ]);
  const answers = { [`Password of ${pfx}`]: "wrong", "That was not it.": "secret" };
  const { code, asked, out, err } = await at.run(["tls", "import", pfx], { answers });
  assert.equal(code, 0, err);
  assert.equal(asked.length, 2);
  assert.doesNotMatch(out + err, /secret/);
  writeFileSync(join(at.folder, "pw"), "secret\nmore\n");
  assert.equal((await at.run(["tls", "import", pfx, "--password-file", "pw"])).code, 0);
  writeFileSync(join(at.folder, "pw"), "wrong\n");
  assert.match((await at.run(["tls", "import", pfx, "--password-file", "pw"])).err, /the right one was not given/);
  assert.match((await at.run(["tls", "import", pfx])).err, /Use --password-file/);
});

test("selfsigned writes hsts: false, renews for the same hosts, and does not replace a bought certificate unasked", async (t) => {
  const at = desk(t, URL_LINE);
  await json(at, "tls", "selfsigned", "--name", "lab.example.org", "--name", "192.0.2.7", "--write");
  assert.deepEqual((parse(readFileSync(at.file, "utf8")) as { tls: unknown }).tls, {
    ...{ certificate: "tls/lab.example.org.crt", key: "tls/lab.example.org.key", hsts: false },
  });
  const { warnings } = await load(at);
  assert.deepEqual(warnings, []);
  interface Made {
    readonly names: readonly string[];
    readonly fingerprint: string;
    readonly authority: { readonly isNew: boolean; readonly fingerprint: string };
  }
  const [one, two] = [await json<Made>(at, "tls", "selfsigned"), await json<Made>(at, "tls", "selfsigned")];
  assert.deepEqual(two.names, ["lab.example.org", "192.0.2.7"]);
  assert.notEqual(two.fingerprint, one.fingerprint);
  assert.deepEqual([two.authority.isNew, two.authority.fingerprint], [false, one.authority.fingerprint]);

  const files = await bought(t, at, "any");
  assert.match((await json<{ notes: string[] }>(at, "tls", "import", ...files)).notes.join(), /tls\.hsts is false/);
  const { code, err } = await at.run(["tls", "selfsigned"]);
  assert.equal(code, 1);
  assert.match(err, /is a certificate of another authority\. Nothing was changed/);
  assert.equal((await at.run(["tls", "selfsigned", "--replace"])).code, 0);
});

test("selfsigned says how each device trusts the authority, and what hsts would do", async (t) => {
  const at = await served(t);
  writeFileSync(at.file, readFileSync(at.file, "utf8").replace("hsts: false", "hsts: true"));
  const { out } = await at.run(["tls", "selfsigned"]);
  for (const word of [
    "Firefox",
    "nssdb",
    "update-ca-certificates",
    "update-ca-trust",
    "add-trusted-cert",
    "-addstore -f Root",
  ])
    assert.ok(out.includes(word), word);
  assert.match(out, /write “hsts: false” under tls/);
  const ca = new X509Certificate(readFileSync(join(at.folder, "tls/ca.crt")));
  assert.ok(out.includes(ca.fingerprint256), "the authority's fingerprint");
});

test("show says what is configured, whether it is what is served, and what is wrong", async (t) => {
  assert.match((await desk(t, URL_LINE).run(["tls", "show"])).out, /has no tls: Hublet serves plain HTTP/);
  const at = await served(t, `${URL_LINE}listen: 127.0.0.1:1\n`);
  assert.match(
    (await at.run(["tls", "show"])).out,
    /Names {8}lab\.example\.org\n[\s\S]*Served {7}127\.0\.0\.1:1 does not answer/,
  );
  const plain = createPlain();
  plain.listen(0, "127.0.0.1");
  await once(plain, "listening");
  t.after(() => plain.close());
  const look = { file: at.file, text: readFileSync(at.file, "utf8") };
  writeFileSync(look.file, look.text.replace("127.0.0.1:1", `127.0.0.1:${(plain.address() as AddressInfo).port}`));
  assert.match((await at.run(["tls", "show"])).out, /Served .* does not speak HTTPS/);
  writeFileSync(look.file, look.text);
  const read = (name: string) => readFileSync(join(at.folder, "tls", name));
  const server = createServer({ cert: read("lab.example.org.crt"), key: read("lab.example.org.key") });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  writeFileSync(at.file, readFileSync(at.file, "utf8").replace("127.0.0.1:1", `127.0.0.1:${port}`));
  assert.match((await at.run(["tls", "show"])).out, /Served {7}this certificate/);
  await at.run(["tls", "selfsigned"]);
  assert.match((await at.run(["tls", "show"])).out, /Served {7}another certificate/);
  const other = await selfSigned("other");
  writeFileSync(join(at.folder, "tls/lab.example.org.key"), other.key);
  const { code, out } = await at.run(["tls", "show"]);
  assert.equal(code, 1);
  assert.match(out, /Wrong: The key is not that of “Hublet at lab\.example\.org”/);
});

test("a hub that watches takes over each import as one change, and never a pair that does not match", async (t) => {
  const at = await served(t);
  const refused: unknown[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (facts: object) => void refused.push(facts) };
  const live = await openLiveConfig({ file: at.file, environment: {}, clock: systemClock, log });
  t.after(() => live.close());
  for (let round = 0; round < 5; round++) {
    const files = await bought(t, at, `r${round}`);
    const taken = new Promise<string>((resolve) =>
      live.subscribe(({ after }) => resolve(after.tls?.certificate ?? "")),
    );
    await json(at, "tls", "import", ...files);
    assert.equal(await taken, readFileSync(files[0] ?? "", "utf8"));
  }
  assert.deepEqual(refused, []);
});

test("a pair that somebody replaces file by file ends well: the old one serves until both are there", async (t) => {
  const at = await served(t);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const live = await openLiveConfig({ file: at.file, environment: {}, clock: systemClock, log });
  t.after(() => live.close());
  const old = live.current().tls?.certificate;
  const [certificate = "", key = ""] = await bought(t, at, "next");
  const state = (wanted: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (live.status().state === wanted && resolve());
      live.onStatus(look);
      look();
    });
  const next = readFileSync(certificate, "utf8");
  renameSync(certificate, join(at.folder, "tls/lab.example.org.crt"));
  await state("refused");
  assert.equal(live.current().tls?.certificate, old);
  renameSync(key, join(at.folder, "tls/lab.example.org.key"));
  await state("applied");
  assert.equal(live.current().tls?.certificate, next);
});
