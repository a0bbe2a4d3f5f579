/** Our client against the reference proxy and ours: both speak the same API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../../test/support/databases.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { startProxy } from "../proxy/index.ts";
import { createProxyClient } from "./proxy-client.ts";
import { quiet } from "./test-support/hall.ts";

const TOKEN = new Secret("let-me-in");

const KINDS: Readonly<Record<string, (t: TestContext) => Promise<string>>> = {
  "Hublet's proxy": async (t) => {
    const socket = join(temporaryFolder(t), "api.sock");
    const proxy = await startProxy({
      listen: { host: "127.0.0.1", port: 0 },
      api: { socket },
      authToken: TOKEN,
      log: quiet,
      clock: systemClock,
    });
    t.after(() => proxy.close());
    return proxy.apiAddress;
  },
  "configurable-http-proxy": async (t) => {
    const folder = temporaryFolder(t);
    const socket = join(folder, "api.sock");
    const program = createRequire(import.meta.url).resolve("configurable-http-proxy/bin/configurable-http-proxy");
    const child = spawn(process.execPath, [program, "--socket", join(folder, "public.sock"), "--api-socket", socket], {
      env: { ...process.env, CONFIGPROXY_AUTH_TOKEN: TOKEN.reveal() },
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(async () => {
      child.kill();
      await once(child, "exit");
    });
    child.stdout.resume();
    return `http+unix://${encodeURIComponent(socket)}`;
  },
};

for (const [kind, open] of Object.entries(KINDS)) {
  test(`${kind}: routes are added, listed with their data and escaped names, replaced and removed`, async (t) => {
    const routes = createProxyClient({ address: await open(t), token: TOKEN });
    t.after(() => routes.close());
    const route = {
      spec: "/user/carol@x%20y/",
      target: "http://127.0.0.1:4000",
      data: { user: "carol@x y", server_name: "" },
    };
    await routes.add(route);
    await routes.add({ spec: "/", target: "http://127.0.0.1:8081", data: { hub: true } });
    const listed = await routes.list();
    assert.deepEqual([...listed.keys()].sort(), ["/", "/user/carol@x%20y/"]);
    const { last_activity: seen, ...data } = listed.get(route.spec)?.data ?? {};
    assert.equal(typeof seen, "string");
    assert.deepEqual({ ...listed.get(route.spec), data }, route);
    await routes.add({ ...route, target: "http://127.0.0.1:4001" });
    assert.equal((await routes.list()).get(route.spec)?.target, "http://127.0.0.1:4001");
    await routes.remove(route.spec);
    await routes.remove(route.spec);
    assert.deepEqual([...(await routes.list()).keys()], ["/"]);
  });
}

test("a wrong token is said at once", async (t) => {
  const address = await (KINDS["Hublet's proxy"] ?? assert.fail())(t);
  const routes = createProxyClient({ address, token: new Secret("wrong") });
  t.after(() => routes.close());
  await assert.rejects(routes.list(), { code: "proxy-unreachable", message: /does not accept the hub's token/ });
});

test("errors of the proxy are tried again, and reported when they stay", async (t) => {
  let failures = 2;
  const server = createServer((_request, response) => {
    failures -= 1;
    response.writeHead(failures >= 0 ? 503 : 200).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const routes = createProxyClient({ address: `http://127.0.0.1:${address.port}`, token: TOKEN });
  t.after(() => routes.close());
  assert.equal((await routes.list()).size, 0);
  failures = Number.POSITIVE_INFINITY;
  await assert.rejects(routes.remove("/x/", AbortSignal.timeout(200)), { code: "proxy-unreachable" });
  const nobody = createProxyClient({ address: "http+unix://%2Fnowhere.sock", token: TOKEN, retryForMs: 100 });
  t.after(() => nobody.close());
  await assert.rejects(nobody.list(), { code: "proxy-unreachable" });
});

test("routes of others are not ours", async (t) => {
  const server = createServer((_request, response) =>
    response.end(
      JSON.stringify({ "/other": { target: "http://h" }, "/ours": { target: "http://h", jupyterhub: true } }),
    ),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const routes = createProxyClient({ address: `http://127.0.0.1:${address.port}`, token: TOKEN });
  t.after(() => routes.close());
  assert.deepEqual([...(await routes.list()).keys()], ["/ours/"]);
});
