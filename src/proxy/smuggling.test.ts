/** Request smuggling: two readings of where a message ends. Each case must end in a refusal, never in a second request. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type RawBackend, startRawBackend } from "./test-support/backend.ts";
import { eventually, rawClient } from "./test-support/client.ts";
import { startOurs, type TestProxy } from "./test-support/proxies.ts";

describe("request smuggling", () => {
  let proxy: TestProxy;
  let target: RawBackend;

  before(async () => {
    // A careless backend: it takes what follows a first empty line for the next request.
    target = await startRawBackend((socket, received) => {
      if (received.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    proxy = await startOurs({ defaultTarget: target.url });
  });

  after(async () => {
    await proxy.close();
    await target.close();
  });

  const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

  const attacks: Readonly<Record<string, string>> = {
    "CL.TE": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "TE.CL": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${smuggled}\r\n0\r\n\r\n`,
    "TE.TE, the second obscured": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n${smuggled}`,
    "TE.TE twice chunked": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "a tab before the encoding's value": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "a space before the colon": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "CL.CL with two values": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    "a list of lengths": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0, ${smuggled.length}\r\n\r\n${smuggled}`,
    "a signed length": `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n${smuggled}`,
    "HTTP/1.0 with an encoding": `POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "bare line feeds": `POST / HTTP/1.1\nHost: x\nContent-Length: 0\n\n${smuggled}`,
    "a folded header": `POST / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "two hosts": `GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${smuggled}`,
    "no host": `GET / HTTP/1.1\r\n\r\n${smuggled}`,
    "a null byte in a name": `GET / HTTP/1.1\r\nHost: x\r\nX\0Y: z\r\n\r\n${smuggled}`,
    "a chunk size that is too long": `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${smuggled}`,
    "an upgrade with a body": `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  };

  for (const [name, bytes] of Object.entries(attacks)) {
    test(name, async () => {
      const client = await rawClient(proxy.port);
      client.send(bytes);
      const received = await client.closed();
      assert.doesNotMatch(received, /^HTTP\/1\.1 200/m);
      for (const connection of target.connections) assert.doesNotMatch(connection.received, /smuggled/);
    });
  }

  test("an upgrade that the target refuses leaves no open way to it", async () => {
    const refusing = await startRawBackend((socket, received) => {
      if (received.includes("\r\n\r\n")) socket.write("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
    });
    await proxy.route("/refusing", { target: refusing.url });
    const client = await rawClient(proxy.port);
    client.send(
      `GET /refusing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n\r\n${smuggled}`,
    );
    assert.match(await client.closed(), /^HTTP\/1\.1 426/);
    assert.doesNotMatch(refusing.connections[0]?.received ?? "", /smuggled/);
    await refusing.close();
  });

  test("a connection whose request body was cut short is not used again", async () => {
    // It answers at once, without waiting for the body: the rest would be read as the next request.
    const hasty = await startRawBackend((socket, received) => {
      if (received.includes("\r\n\r\n")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    await proxy.route("/hasty", { target: hasty.url });
    const client = await rawClient(proxy.port);
    client.send("POST /hasty HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npart");
    await client.until("ok");
    client.socket.destroy();
    const next = await rawClient(proxy.port);
    next.send("GET /hasty/next HTTP/1.1\r\nHost: x\r\n\r\n");
    await next.until("ok");
    next.socket.destroy();
    assert.equal(hasty.connections.length, 2);
    assert.doesNotMatch(hasty.connections[0]?.received ?? "", /next/);
    await hasty.close();
  });

  test("bytes that a target sends unasked never become somebody's answer", async () => {
    const poisoner = await startRawBackend((socket, received) => {
      if (!received.endsWith("\r\n\r\n")) return;
      const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      socket.write(answer + answer.replace("ok", "no"));
    });
    await proxy.route("/poisoner", { target: poisoner.url });
    for (const _ of [1, 2, 3]) {
      const client = await rawClient(proxy.port);
      client.send("GET /poisoner HTTP/1.1\r\nHost: x\r\n\r\n");
      assert.match(await client.until("\r\n\r\nok"), /\r\n\r\nok$/);
      client.socket.destroy();
    }
    assert.equal(poisoner.connections.length, 3);
    await poisoner.close();
  });

  const badAnswers: Readonly<Record<string, string>> = {
    "length and encoding": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "a folded header": "HTTP/1.1 200 OK\r\nX-A: b\r\n Set-Cookie: c=d\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed in a value": "HTTP/1.1 200 OK\r\nX-A: b\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n",
    "no status line": "hello\r\n\r\n",
    "a protocol switch that nobody asked for": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
  };

  for (const [name, answer] of Object.entries(badAnswers)) {
    test(`an answer with ${name} becomes 503`, async () => {
      const bad = await startRawBackend((socket) => void socket.write(answer));
      await proxy.route("/bad", { target: bad.url });
      const client = await rawClient(proxy.port);
      client.send("GET /bad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assert.match(await client.closed(), /^HTTP\/1\.1 503/);
      await eventually(() => bad.connections.every(({ socket }) => socket.destroyed), "the target to be let go");
      await bad.close();
    });
  }
});
