/** Archives that mean harm: they end in an error, soon, with little memory, and with nothing written anywhere. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, truncateSync } from "node:fs";
import { after, test } from "node:test";
import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import { pack } from "tar-stream";
import { HubError } from "../../kernel/index.ts";
import { makeAuthority } from "./certificates.fixture.ts";
import { importCertificate } from "./import.ts";

const files = makeAuthority({ after });
const MIB = 1024 * 1024;

async function take(...names: readonly string[]): Promise<Awaited<ReturnType<typeof importCertificate>>> {
  return importCertificate(
    names.map((name) => (name.startsWith("/") ? name : files.path(name))),
    { host: "lab.example.org", now: Date.now(), ask: async () => "guess" },
  );
}

/** Refused in so many words, after two seconds of this process's work at most, and with at most 200 MiB more memory at the end. */
async function harmless(name: string, content: Uint8Array, pattern: RegExp): Promise<void> {
  files.write(name, content);
  const before = readdirSync(files.folder);
  const begun = process.cpuUsage();
  const memory = process.memoryUsage.rss();
  await assert.rejects(take(name), (error) => {
    assert.ok(error instanceof HubError, String(error));
    assert.match(error.message, pattern);
    return true;
  });
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 2e6, `it took ${user + system} µs`);
  assert.ok(process.memoryUsage.rss() - memory < 200 * MIB, "memory");
  assert.deepEqual(readdirSync(files.folder), before);
}

test("a gzip bomb, also one inside of another, stops at its limit", async () => {
  const bomb = gzipSync(Buffer.alloc(300 * MIB));
  await harmless("bomb.gz", bomb, /unpacks to more than 16 MiB/);
  await harmless("bombs.gz", gzipSync(gzipSync(bomb)), /unpacks to more than 16 MiB/);
});

test("archives in archives in archives are not followed for ever", async () => {
  let nested: Uint8Array = Buffer.from(files.read("lab.crt"));
  for (let depth = 0; depth < 20; depth++) nested = gzipSync(nested);
  await harmless("deep.gz", nested, /archive in too many archives/);
});

test("a zip bomb, one that lies about its size, and one whose files share their bytes", async () => {
  const zeros = new Uint8Array(50 * MIB);
  await harmless("bomb.zip", zipSync({ zeros }), /unpacks to more than 16 MiB/);
  const liar = Buffer.from(zipSync({ zeros }));
  for (const at of [22, liar.lastIndexOf("PK\u0001\u0002") + 24]) liar.writeUInt32LE(100, at);
  await harmless("liar.zip", liar, /holds no certificate|damaged/);
  await harmless(
    "shared.zip",
    overlapping(deflateRawSync(new Uint8Array(60_000)), 60_000, 200),
    /damaged: its files overlap/,
  );
});

test("more files than a certificate ever has", async () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`f${index}`, new Uint8Array(1)]));
  await harmless("many.zip", zipSync(many), /holds more than 256 files/);
  const archive = pack();
  for (let index = 0; index < 5000; index++) archive.entry({ name: `f${index}` }, "x");
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  await harmless("many.tar", Buffer.concat(pieces), /holds more than 256 files/);
});

test("names that lead out of an archive, links and devices lead nowhere: nothing is unpacked to a disk", async () => {
  const archive = pack();
  archive.entry({ name: "../../../../etc/hublet-attack.crt" }, files.read("lab.crt"));
  archive.entry({ name: "/etc/hublet-attack.key" }, files.read("lab.key"));
  archive.entry({ name: "passwd", type: "symlink", linkname: "/etc/passwd" });
  archive.entry({ name: "null", type: "character-device" });
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  files.write("out.tar", Buffer.concat(pieces));
  const { found } = await take("out.tar");
  assert.match(found.leaf.name, /out\.tar: \.\.\/\.\.\/\.\.\/\.\.\/etc\/hublet-attack\.crt$/);
  assert.deepEqual(
    readdirSync("/etc").filter((name) => name.startsWith("hublet-attack")),
    [],
  );
});

test("PKCS#12 that asks for a billion rounds, and ASN.1 without a ground", async () => {
  await harmless("billion.p12", withRounds(), /asks for 1000000000 rounds/);
  const ground = Buffer.concat([
    Buffer.from("30800201033080", "hex"),
    Buffer.alloc(200_000, Buffer.from("3080", "hex")),
  ]);
  await harmless("ground.p12", ground, /damaged|kind that cannot be read|holds no/);
});

test("PEM without an end, many beginnings, and very many certificates are read once", async () => {
  await harmless("open.pem", Buffer.from("-----BEGIN CERTIFICATE-----\n".repeat(400_000)), /is cut off/);
  await harmless("dashes.pem", Buffer.from("-----BEGIN ".repeat(1_000_000)), /holds no certificate/);
  const labels = Array.from({ length: 100_000 }, (_, index) => `-----BEGIN X${index}-----\n-----END X${index}-----\n`);
  await harmless("labels.pem", Buffer.from(labels.join("")), /holds no certificate/);
  const others = files.openssl(..."x509 -in root.crt".split(" "));
  files.write("same.pem", others.repeat(3000));
  await assert.rejects(take("same.pem"), /holds no private key/);
});

test("a file without an end, a device and a pipe are not read", async () => {
  files.write("sparse", "");
  truncateSync(files.path("sparse"), 1024 ** 4);
  await assert.rejects(take("sparse"), /is larger than 16 MiB/);
  await assert.rejects(take("/dev/zero"), /is not a file/);
  execFileSync("mkfifo", [files.path("pipe")]);
  await assert.rejects(take("pipe"), /is not a file/);
});

test("whatever bytes come, the answer is one of ours", async () => {
  const seeds = ["1f8b", "504b0304", "30820100020103", "2d2d2d2d2d424547494e20"].map((hex) => Buffer.from(hex, "hex"));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds, Buffer.alloc(0)),
      fc.uint8Array({ maxLength: 2000 }),
      async (seed, rest) => {
        files.write("any", Buffer.concat([seed, rest]));
        await assert.rejects(take("any"), HubError);
      },
    ),
    { numRuns: 300 },
  );
});

test("whatever is changed in a good archive, the answer is a whole pair or one of ours", async () => {
  execFileSync("tar", ["-czf", "good.gz", "lab.crt", "lab.key", "middle.crt"], { cwd: files.folder });
  execFileSync("tar", ["-cf", "good.tar", "lab.crt", "lab.key", "middle.crt"], { cwd: files.folder });
  files.openssl(..."pkcs12 -export -passout pass:guess -iter 1 -inkey lab.key -in lab.crt -out good.p12".split(" "));
  const good = ["good.gz", "good.tar", "good.p12"].map((name) =>
    Buffer.from(execFileSync("cat", [name], { cwd: files.folder })),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...good), fc.nat(), fc.nat(255), async (bytes, at, value) => {
      const changed = Buffer.from(bytes);
      changed[at % changed.length] = value;
      files.write("changed", changed);
      try {
        const { pair } = await take("changed");
        assert.match(pair.certificate, /BEGIN CERTIFICATE/);
      } catch (error) {
        assert.ok(error instanceof HubError, String(error));
      }
    }),
    { numRuns: 200 },
  );
});

/** A zip whose directory names one file many times. */
function overlapping(packed: Buffer, size: number, times: number): Buffer {
  const local = Buffer.alloc(31);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(size, 22);
  local.writeUInt16LE(1, 26);
  local.write("x", 30);
  const entry = Buffer.alloc(47);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(1, 28);
  entry.write("x", 46);
  const directory = Buffer.concat(Array.from({ length: times }, () => entry));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(times, 8);
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, directory, end]);
}

/** A PKCS#12 frame whose check asks for a billion rounds: OpenSSL itself would take minutes to make one. */
function withRounds(): Buffer {
  const part = (tag: number, ...inner: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(inner);
    return Buffer.concat([Buffer.from([tag, body.length]), body]);
  };
  const data = part(0x30, part(0x06, Buffer.from("2a864886f70d010701", "hex")), part(0xa0, part(0x04, part(0x30))));
  const digest = part(0x30, part(0x30, part(0x06, Buffer.from("2b0e03021a", "hex"))), part(0x04, Buffer.alloc(20)));
  const check = part(0x30, digest, part(0x04, Buffer.alloc(8)), part(0x02, Buffer.from("3b9aca00", "hex")));
  return part(0x30, part(0x02, Buffer.from([3])), data, check);
}
