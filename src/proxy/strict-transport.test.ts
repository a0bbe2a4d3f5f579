/** HSTS: with every answer of a face that speaks HTTPS, once, and never over plain HTTP. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { after, before, describe, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { selfSigned } from "../../test/support/certificates.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { type RunningProxy, type ServedTls, startProxy } from "./index.ts";
import { type Backend, startBackend } from "./test-support/backend.ts";
import { type Ask, ask, type Reply } from "./test-support/client.ts";
import { silentLog } from "./test-support/proxies.ts";

const TWO_YEARS = "max-age=63072000";
const portOf = (address: string): number => Number(URL.parse(address)?.port);

/** Every value that came, however often. */
function values({ rawHeaders }: { readonly rawHeaders: readonly string[] }): string[] {
  return rawHeaders.filter(
    (_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === "strict-transport-security",
  );
}

describe("HSTS", () => {
  let tls: ServedTls;
  let backend: Backend;
  let websockets: WebSocketServer;
  let proxy: RunningProxy;
  let plain: RunningProxy;

  before(async () => {
    const { certificate, key } = await selfSigned("lab");
    tls = { certificate, key: new Secret(key), profile: "modern", hsts: 63_072_000 };
    backend = await startBackend((res, { url }) => {
      if (url.endsWith("/own")) res.setHeader("strict-transport-security", "max-age=0; includeSubDomains");
      res.end("ok");
    });
    websockets = new WebSocketServer({ server: backend.server });
    websockets.on("headers", (headers) => headers.push("Strict-Transport-Security: max-age=1"));
    const options = {
      listen: { host: "127.0.0.1", port: 0 },
      api: { host: "127.0.0.1", port: 0 },
      log: silentLog,
      clock: systemClock,
    };
    proxy = await startProxy({ ...options, tls });
    plain = await startProxy(options);
    for (const { apiAddress } of [proxy, plain]) {
      const add = async (path: string, data: object): Promise<void> => {
        const body = JSON.stringify({ target: backend.url, ...data });
        const reply = await ask(portOf(apiAddress), `/api/routes${path}`, { method: "POST", body });
        assert.equal(reply.status, 201);
      };
      await add("/user/ada", {});
      await add("/hub", { hub: true });
      await add("/user/gated", { gate: { server: "gated/", epoch: "1" } });
      await add("/user/gone", { target: "http://127.0.0.1:1" });
    }
  });

  after(async () => {
    for (const socket of websockets.clients) socket.terminate();
    await proxy.close();
    await plain.close();
    await backend.close();
  });

  const get = (path: string, more: Ask = {}): Promise<Reply> =>
    ask(portOf(proxy.address), path, { ...more, secure: true });

  /** The head of the answer to a websocket's handshake. */
  function handshake(path: string): Promise<{ readonly status: number; readonly rawHeaders: readonly string[] }> {
    const socket = new WebSocket(`wss://127.0.0.1:${portOf(proxy.address)}${path}`, { rejectUnauthorized: false });
    return new Promise((resolve) => {
      const answered = ({
        statusCode: status = 0,
        rawHeaders,
      }: Pick<IncomingMessage, "statusCode" | "rawHeaders">): void => {
        resolve({ status, rawHeaders });
        socket.terminate();
      };
      socket.on("upgrade", answered).on("unexpected-response", (_request, response) => answered(response));
      socket.on("error", () => undefined);
    });
  }

  test("every answer has it: of targets, the proxy's own, errors, redirects, handshakes", async () => {
    const cases: readonly [path: string, status: number, headers?: Record<string, string>][] = [
      ["/user/ada/x", 200],
      ["/hub/x", 200],
      ["/_chp_healthz", 200],
      ["/nowhere", 404],
      ["/user/gone/x", 503],
      ["/user/gated/x", 403],
      ["/user/gated/x", 302, { accept: "text/html" }],
    ];
    for (const [path, status, headers] of cases) {
      const reply = await get(path, headers === undefined ? {} : { headers });
      assert.deepEqual([path, reply.status, values(reply)], [path, status, [TWO_YEARS]]);
    }
    const accepted = await handshake("/user/ada/ws");
    assert.deepEqual([accepted.status, values(accepted)], [101, [TWO_YEARS]]);
    const refused = await handshake("/nowhere");
    assert.deepEqual([refused.status, values(refused)], [404, [TWO_YEARS]]);
  });

  test("a person's server decides nothing for the whole host", async () => {
    assert.deepEqual(values(await get("/user/ada/own")), [TWO_YEARS]);
    proxy.setTls({ ...tls, hsts: undefined });
    assert.deepEqual(values(await get("/user/ada/own")), []);
    assert.deepEqual(values(await handshake("/user/ada/ws")), []);
    assert.deepEqual(values(await get("/nowhere")), []);
    proxy.setTls({ ...tls, hsts: 3600 });
    assert.deepEqual(values(await get("/user/ada/own")), ["max-age=3600"]);
    proxy.setTls(tls);
  });

  test("over plain HTTP nothing is said, and what a target says is passed on as it came", async () => {
    plain.setTls(tls);
    const port = portOf(plain.address);
    assert.deepEqual(values(await ask(port, "/user/ada/x")), []);
    assert.deepEqual(values(await ask(port, "/nowhere")), []);
    assert.deepEqual(values(await ask(port, "/user/ada/own")), ["max-age=0; includeSubDomains"]);
  });
});
