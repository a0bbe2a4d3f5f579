/** The face of plain HTTP that leads to HTTPS, and what attackers might want of it. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { selfSigned } from "../../test/support/certificates.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { type PublicHost, startProxy } from "./index.ts";
import { createRedirectServer, type RedirectLimits } from "./redirect.ts";
import { ask, eventually, rawClient } from "./test-support/client.ts";
import { silentLog } from "./test-support/proxies.ts";

const LAB: PublicHost = { name: "lab.example.org", port: 443 };

async function start(t: TestContext, publicHost?: PublicHost, encrypted = true) {
  const { certificate, key } = await selfSigned("lab");
  const proxy = await startProxy({
    listen: { host: "127.0.0.1", port: 0 },
    redirect: [{ host: "127.0.0.1", port: 0 }],
    api: { host: "127.0.0.1", port: 0 },
    ...(encrypted ? { tls: { certificate, key: new Secret(key), profile: "modern", hsts: 63_072_000 } } : {}),
    publicHost,
    log: silentLog,
    clock: systemClock,
  });
  t.after(() => proxy.close());
  const portOf = (address: string | undefined) => Number(URL.parse(address ?? "")?.port);
  return { proxy, port: portOf(proxy.redirectAddresses[0]), httpsPort: portOf(proxy.address) };
}

test("every method is led to the same path and query by HTTPS, and told nothing of HSTS", async (t) => {
  const { port } = await start(t, LAB);
  for (const method of ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) {
    const reply = await ask(port, "/user/ada/lab?a=1&b=%2F", { method });
    assert.equal(reply.status, 308);
    assert.equal(reply.headers.location, "https://lab.example.org/user/ada/lab?a=1&b=%2F");
    assert.equal(reply.headers.connection, "close");
    assert.equal(reply.headers["strict-transport-security"], undefined);
    assert.equal(reply.body, "");
  }
});

test("the name people type wins over what the client says, and a new one holds at once", async (t) => {
  const { port, proxy, httpsPort } = await start(t, LAB);
  const to = async (host: string) => (await ask(port, "/x", { headers: { host } })).headers.location;
  assert.equal(await to("evil.example"), "https://lab.example.org/x");
  proxy.setPublicHost({ name: "[2001:db8::1]", port: 8443 });
  assert.equal(await to("evil.example"), "https://[2001:db8::1]:8443/x");
  proxy.setPublicHost({ name: "lab.example.org", port: undefined });
  assert.equal(await to("evil.example"), `https://lab.example.org:${httpsPort}/x`);
});

test("a host that was only claimed is led to, but by nothing that a cache may keep for others", async (t) => {
  const { port, httpsPort } = await start(t);
  for (const host of ["lab.example.org:80", "127.0.0.1:8080", "[::1]:80", "lab", "a_b.example"]) {
    const reply = await ask(port, "/x", { headers: { host } });
    const name = host.replace(/:\d+$/, "");
    assert.equal(reply.headers.location, `https://${name}:${httpsPort}/x`);
    assert.equal(reply.headers["cache-control"], "no-store");
  }
});

test("a Host header that is no host leads nowhere", async (t) => {
  const { port } = await start(t);
  const wrong = ["evil.example/x", "a@evil.example", "evil.example?", "a b", "", ".", "a:b", "[evil]", "x".repeat(300)];
  for (const line of [...wrong.map((host) => `Host: ${host}\r\n`), ""]) {
    const client = await rawClient(port);
    client.send(`GET /x HTTP/1.0\r\n${line}\r\n`);
    const text = await client.closed();
    assert.match(text, /^HTTP\/1\.1 400 /, line);
    assert.doesNotMatch(text, /Location/i);
  }
});

test("a path that looks like another host stays a path; an absolute address is read as its path", async (t) => {
  const { port } = await start(t, LAB);
  const to = async (target: string): Promise<string | undefined> => {
    const client = await rawClient(port);
    client.send(`GET ${target} HTTP/1.1\r\nHost: lab.example.org\r\n\r\n`);
    const text = await client.closed();
    return /^Location: (.*)\r$/m.exec(text)?.[1] ?? text.split("\r\n", 1)[0];
  };
  assert.equal(await to("//evil.example/x"), "https://lab.example.org//evil.example/x");
  assert.equal(await to("http://evil.example/x?y"), "https://lab.example.org/x?y");
  assert.equal(await to("@evil.example"), "HTTP/1.1 400 Bad Request");
  assert.equal(await to("*"), "HTTP/1.1 400 Bad Request");
});

test("proofs to a certificate authority are not led away, and without HTTPS nothing is", async (t) => {
  const { port } = await start(t, LAB);
  assert.equal((await ask(port, "/.well-known/acme-challenge/token")).status, 404);
  assert.equal((await ask(port, "/.well-known/other")).status, 308);
  const plain = await start(t, LAB, false);
  assert.equal((await ask(plain.port, "/x")).status, 404);
});

test("nobody is asked to send a body, and what is sent is not answered as another request", async (t) => {
  const { port } = await start(t, LAB);
  const polite = await rawClient(port);
  polite.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
  assert.match(await polite.closed(), /^HTTP\/1\.1 308 /);
  const smuggler = await rawClient(port);
  const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
  smuggler.send(`POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}${hidden}`);
  assert.equal((await smuggler.closed()).match(/HTTP\/1\.1/g)?.length, 1);
  const upgrade = await rawClient(port);
  upgrade.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  assert.match(await upgrade.closed(), /^HTTP\/1\.1 308 /);
  const malformed = await rawClient(port);
  malformed.send("GET /x HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n");
  assert.match(await malformed.closed(), /^HTTP\/1\.1 400 /);
});

async function listening(t: TestContext, limits: RedirectLimits): Promise<number> {
  const server = createRedirectServer(() => ({ host: LAB, port: 443 }), silentLog, limits);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test("a client that is slow, or says nothing at all, is cut", async (t) => {
  const port = await listening(t, { requestMs: 200, connections: 20 });
  const silent = await rawClient(port);
  const dripping = await rawClient(port);
  dripping.send("GET /x HTTP/1.1\r\nX-A: ");
  await Promise.all([silent.closed(), dripping.closed()]);
});

test("however many slow clients there are, the next one is served in place of the oldest", async (t) => {
  const port = await listening(t, { requestMs: 60_000, connections: 20 });
  const crowd = await Promise.all(Array.from({ length: 20 }, () => rawClient(port)));
  for (let index = 0; index < 3; index++) assert.equal((await ask(port, "/x")).status, 308);
  await eventually(() => crowd.some(({ socket }) => socket.destroyed), "the oldest to give way");
  // Each that was served gave its place back.
  assert.ok(crowd.filter(({ socket }) => !socket.destroyed).length >= 17);
});
