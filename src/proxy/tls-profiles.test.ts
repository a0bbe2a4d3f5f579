/** Which clients the profiles of TLS let in, by real handshakes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { selfSigned } from "../../test/support/certificates.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { type ServedTls, startProxy } from "./index.ts";
import { silentLog } from "./test-support/proxies.ts";

const SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const GOOD = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"];
/** Without forward secrecy, with CBC, or with Diffie-Hellman over finite fields. */
const BAD = ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384"];

async function start(t: TestContext, profile: ServedTls["profile"]) {
  const { certificate, key } = await selfSigned("lab");
  const tls: ServedTls = { certificate, key: new Secret(key), profile, hsts: undefined };
  const addresses: { readonly address?: string }[] = [];
  const proxy = await startProxy({
    listen: [
      { host: "127.0.0.1", port: 0 },
      { host: "127.0.0.1", port: 0 },
    ],
    api: { host: "127.0.0.1", port: 0 },
    tls,
    log: { ...silentLog, info: (facts) => void addresses.push(facts as { readonly address?: string }) },
    clock: systemClock,
  });
  t.after(() => proxy.close());
  const [one, other] = addresses.flatMap(({ address }) => (address === undefined ? [] : [URL.parse(address)]));
  const hostPort = (url: URL | null | undefined) => ({ host: url?.hostname ?? "", port: Number(url?.port) });
  return { proxy, tls, at: hostPort(one), alsoAt: hostPort(other) };
}
interface Shaken {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly reused: boolean;
  readonly ticket: boolean;
  readonly curve: string | undefined;
  readonly session: Buffer | undefined;
}

/** A whole connection: an answer is waited for, since sessions of TLS 1.3 come after the handshake. */
async function shake(options: ConnectionOptions): Promise<Shaken> {
  const socket: TLSSocket = connect({ rejectUnauthorized: false, ...options });
  let session: Buffer | undefined;
  socket.on("session", (given: Buffer) => {
    session = given;
  });
  await once(socket, "secureConnect");
  socket.write("GET /_chp_healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  socket.resume();
  const keyInfo = socket.getEphemeralKeyInfo();
  const shaken = {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().name,
    reused: socket.isSessionReused(),
    ticket: socket.getTLSTicket() !== undefined,
    curve: keyInfo !== null && "name" in keyInfo ? String(keyInfo.name) : undefined,
  };
  await once(socket, "close");
  return { ...shaken, session };
}

const refused = (options: ConnectionOptions): Promise<void> =>
  assert.rejects(shake(options), { code: /^ERR_SSL_.*(ALERT|VERSION|SHARED_CIPHER|HANDSHAKE_FAILURE)/ });

test("modern: TLS 1.3 alone, with each of its ciphers", async (t) => {
  const { at } = await start(t, "modern");
  for (const cipher of SUITES) assert.deepEqual(await pick(at, { ciphers: cipher }), { protocol: "TLSv1.3", cipher });
  for (const version of ["TLSv1.2", "TLSv1.1"] as const) await refused({ ...at, ...only(version) });
});

test("intermediate: TLS 1.2 too, with the good ciphers alone, and the client chooses", async (t) => {
  const { at } = await start(t, "intermediate");
  assert.equal((await shake(at)).protocol, "TLSv1.3");
  for (const [index, cipher] of GOOD.entries()) {
    const others = GOOD.filter((_, at) => at !== index);
    const wish = [cipher, ...others].join(":");
    assert.deepEqual(await pick(at, { ...only("TLSv1.2"), ciphers: wish }), { protocol: "TLSv1.2", cipher });
  }
  for (const cipher of BAD) await refused({ ...at, ...only("TLSv1.2"), ciphers: `${cipher}:@SECLEVEL=0` });
  await refused({ ...at, ...only("TLSv1.1") });
});

test("keys are agreed on by the curves of the guidelines, that against quantum computers first", async (t) => {
  const { at } = await start(t, "intermediate");
  assert.equal((await shake(at)).curve, "X25519MLKEM768");
  assert.match((await shake({ ...at, ...only("TLSv1.2") })).curve ?? "", /^x25519$/i);
  for (const curve of ["prime256v1", "secp384r1"]) await shake({ ...at, ecdhCurve: curve });
  await refused({ ...at, ecdhCurve: "secp521r1" });
});

test("sessions of TLS 1.2 are resumed by their ids on any socket of the face, without tickets, until the certificate changes", async (t) => {
  const { proxy, tls, at, alsoAt } = await start(t, "intermediate");
  const first = await shake({ ...at, ...only("TLSv1.2") });
  assert.deepEqual([first.reused, first.ticket], [false, false]);
  const again = (where: ConnectionOptions) => shake({ ...where, ...only("TLSv1.2"), session: first.session });
  assert.equal((await again(at)).reused, true);
  assert.equal((await again(alsoAt)).reused, true);
  proxy.setTls(tls);
  assert.equal((await again(at)).reused, false);
});

test("a client of TLS 1.3 that wants to resume is let in by a whole handshake", async (t) => {
  const { at } = await start(t, "modern");
  const { session } = await shake(at);
  const again = await shake({ ...at, session });
  assert.deepEqual([again.protocol, again.reused], ["TLSv1.3", false]);
});

test("another profile holds for the next connection, on every socket", async (t) => {
  const { proxy, tls, at, alsoAt } = await start(t, "modern");
  for (const where of [at, alsoAt]) await refused({ ...where, ...only("TLSv1.2") });
  proxy.setTls({ ...tls, profile: "intermediate" });
  for (const where of [at, alsoAt]) assert.equal((await shake({ ...where, ...only("TLSv1.2") })).protocol, "TLSv1.2");
  const { session } = await shake({ ...at, ...only("TLSv1.2") });
  assert.equal((await shake({ ...at, ...only("TLSv1.2"), session })).reused, true);
  proxy.setTls(tls);
  for (const where of [at, alsoAt]) await refused({ ...where, ...only("TLSv1.2"), session });
});

async function pick(at: ConnectionOptions, options: ConnectionOptions) {
  const { protocol, cipher } = await shake({ ...at, ...options });
  return { protocol, cipher };
}

function only(version: "TLSv1.1" | "TLSv1.2"): ConnectionOptions {
  // An OpenSSL of today does not even ask for the oldest by itself.
  return { minVersion: version, maxVersion: version, ciphers: "DEFAULT:@SECLEVEL=0" };
}
