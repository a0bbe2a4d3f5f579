/** The small authority: what the real OpenSSL and a real handshake say of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { HubError, type Secret } from "../../kernel/index.ts";
import { checkedHost } from "./hosts.ts";
import { newAuthority, newLeaf } from "./local-authority.ts";
import { type AuthorityPlace, authorityPlace, type SelfSigned, selfSign } from "./selfsigned.ts";

const HOSTS = ["lab.example.org", "192.0.2.7", "2001:db8::7"];
const DAY_MS = 86_400_000;
const noStore = {
  what: "nothing",
  read: async () => undefined,
  write: async () => assert.fail("no secret is to be written"),
};

interface Lab {
  readonly folder: string;
  readonly place: AuthorityPlace;
  sign(
    hosts: readonly string[],
    options?: { readonly now?: number; readonly replaceAuthority?: boolean },
  ): Promise<SelfSigned>;
  /** What OpenSSL says of a leaf, strictly. */
  verify(leaf: string, ...more: readonly string[]): string;
}

function makeLab(t: TestContext): Lab {
  const folder = mkdtempSync(join(tmpdir(), "hublet-own-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const place = authorityPlace(join(folder, "hublet.yaml"), false);
  return {
    ...{ folder, place },
    sign: (hosts, { now = Date.now(), replaceAuthority = false } = {}) =>
      selfSign(hosts, place, { store: noStore, now, replaceAuthority }),
    verify: (leaf, ...more) => {
      const file = join(folder, "leaf.crt");
      writeFileSync(file, leaf);
      try {
        const strict = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", place.certificate];
        return execFileSync("openssl", [...strict, ...more, file], { encoding: "utf8", stdio: "pipe" });
      } catch (error) {
        return String((error as { stderr?: unknown }).stderr);
      }
    },
  };
}

test("OpenSSL accepts the certificate for each of its names, strictly, and for no other", async (t) => {
  const lab = makeLab(t);
  const { pair, isNew } = await lab.sign(HOSTS);
  assert.equal(isNew, true);
  assert.match(lab.verify(pair.certificate, "-verify_hostname", "lab.example.org"), /: OK/);
  for (const address of HOSTS.slice(1)) assert.match(lab.verify(pair.certificate, "-verify_ip", address), /: OK/);
  assert.match(lab.verify(pair.certificate, "-verify_hostname", "other.example.org"), /hostname mismatch/);
  assert.match(lab.verify(pair.certificate, "-verify_ip", "192.0.2.8"), /IP address mismatch/);
});

test("the leaf lives for at most 397 days, the authority for ten years, and only it can sign", async (t) => {
  const { pair, authority } = await makeLab(t).sign(["lab.example.org"]);
  const [leaf, root] = [new X509Certificate(pair.certificate), new X509Certificate(authority.certificate)];
  const days = ({ validFromDate, validToDate }: X509Certificate): number =>
    (validToDate.getTime() - validFromDate.getTime()) / DAY_MS;
  assert.ok(days(leaf) <= 397 && days(leaf) > 390, `${days(leaf)}`);
  assert.ok(days(root) > 3650 && days(root) < 3655, `${days(root)}`);
  assert.deepEqual([leaf.ca, root.ca], [false, true]);
  assert.deepEqual([...leaf.keyUsage], ["1.3.6.1.5.5.7.3.1"], "for servers");
  assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
});

for (const hosts of [["lab.example.org"], ["192.0.2.7"], ["2001:db8::7"], HOSTS]) {
  test(`whoever steals the authority of ${hosts.join(", ")} can pretend to be nobody else`, async (t) => {
    const lab = makeLab(t);
    const { authority, pair } = await lab.sign(hosts);
    assert.match(lab.verify(pair.certificate), /: OK/);
    const strangers = ["bank.example", "example.org", "192.0.2.8", "2001:db8::8"];
    for (const stranger of strangers) {
      const forged = await newLeaf(authority, [stranger], Date.now());
      assert.match(lab.verify(forged.certificate), /(permitted|excluded) subtree violation/, stranger);
    }
  });
}

test("called again it renews the leaf and keeps the authority, which nobody but its owner can read the key of", async (t) => {
  const lab = makeLab(t);
  const first = await lab.sign(["lab.example.org"]);
  assert.ok("file" in lab.place.key);
  assert.equal(statSync(lab.place.key.file).mode & 0o777, 0o600);
  const later = Date.now() + 300 * DAY_MS;
  const second = await lab.sign(["lab.example.org", "sub.lab.example.org"], { now: later });
  assert.deepEqual([second.isNew, second.authority.certificate], [false, first.authority.certificate]);
  assert.notEqual(second.pair.key.reveal(), first.pair.key.reveal());
  assert.match(lab.verify(second.pair.certificate, "-attime", String(Math.floor(later / 1000) + 60)), /: OK/);
  const last = await lab.sign(["lab.example.org"], { now: Date.now() + 3600 * DAY_MS });
  const end = new X509Certificate(first.authority.certificate).validToDate;
  assert.deepEqual(new X509Certificate(last.pair.certificate).validToDate, end, "not longer than its authority");
});

test("other hosts, a key that is gone or another's, and an authority that is over are told; a new one is made on demand", async (t) => {
  const lab = makeLab(t);
  await lab.sign(["lab.example.org"]);
  const old = readFileSync(lab.place.certificate, "utf8");
  const refused = (pattern: RegExp) => (error: unknown) => error instanceof HubError && pattern.test(error.message);
  await assert.rejects(
    lab.sign(["bank.example"]),
    refused(/may sign for its own hosts alone, and bank\.example is none/),
  );
  await assert.rejects(lab.sign(["192.0.2.7"]), refused(/192\.0\.2\.7 is none/));
  await assert.rejects(lab.sign(["lab.example.org"], { now: Date.now() + 3700 * DAY_MS }), refused(/is over/));
  assert.ok("file" in lab.place.key);
  writeFileSync(lab.place.key.file, (await newAuthority(["x"], Date.now())).key.reveal());
  await assert.rejects(lab.sign(["lab.example.org"]), refused(/its key is not in .*ca\.key/));
  unlinkSync(lab.place.key.file);
  await assert.rejects(lab.sign(["lab.example.org"]), refused(/its key is not in .*--new-authority/));
  assert.equal(readFileSync(lab.place.certificate, "utf8"), old);
  assert.equal((await lab.sign(["bank.example"], { replaceAuthority: true })).isNew, true);
});

test("with a vault the authority's key is in no file", async (t) => {
  const { folder } = makeLab(t);
  const kept = new Map<string, Secret>();
  const store = {
    what: "the vault",
    read: async (name: string) => kept.get(name),
    write: async (name: string, value: Secret) => void kept.set(name, value),
  };
  const place = authorityPlace(join(folder, "hublet.yaml"), true);
  const options = { store, now: Date.now(), replaceAuthority: false };
  assert.equal((await selfSign(["lab"], place, options)).isNew, true);
  assert.deepEqual([...kept.keys()], ["tls-authority-key"]);
  assert.ok(!existsSync(join(folder, "tls/ca.key")));
  assert.equal((await selfSign(["lab"], place, options)).isNew, false);
});

test("a client that trusts the authority connects, one that does not is refused", async (t) => {
  const { pair, authority } = await makeLab(t).sign(["localhost", "127.0.0.1"]);
  const server = createServer({ cert: pair.certificate, key: pair.key.reveal() }, (_req, res) => res.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const status = (host: string, ca?: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = get({ host, port, agent: false, family: 4, ...(ca === undefined ? {} : { ca }) }, (answer) =>
        resolve(answer.resume().statusCode ?? 0),
      );
      request.on("error", reject);
    });
  assert.deepEqual(
    [await status("localhost", authority.certificate), await status("127.0.0.1", authority.certificate)],
    [200, 200],
  );
  await assert.rejects(status("localhost"), /unable to verify/);
});

test("hosts are written as certificates have them, and what is none is refused", () => {
  assert.deepEqual(
    ["LAB.Example.org.", "bücher.example", "[2001:DB8:0::1]", "192.0.2.1", "::ffff:192.0.2.1", "lab"].map(checkedHost),
    ["lab.example.org", "xn--bcher-kva.example", "2001:db8::1", "192.0.2.1", "::ffff:c000:201", "lab"],
  );
  for (const bad of [
    "",
    " ",
    "a b",
    "*.example.org",
    "a..b",
    "-a",
    "https://lab",
    "lab:8000",
    "a/b",
    "x\ny",
    "a#b",
    "a?b",
    "a\\b",
    "é".repeat(300),
  ])
    assert.throws(() => checkedHost(bad), HubError, JSON.stringify(bad));
});
