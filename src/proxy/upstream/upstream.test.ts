import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { BadResponse, parseResponseHead } from "./response-head.ts";

test("whatever is chunked comes out as it went in, however the network cuts it", () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(200), { maxLength: 30 }), (pieces, cuts) => {
      const wire = Buffer.concat([
        ...pieces.flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
        Buffer.from("0\r\n\r\n"),
      ]);
      const decoder = new ChunkedDecoder();
      const out: Buffer[] = [];
      let at = 0;
      let end = -1;
      for (const cut of [...cuts, wire.length]) {
        const chunk = wire.subarray(at, at + cut);
        at += chunk.length;
        end = decoder.push(chunk, 0, (piece) => out.push(piece));
        if (end !== -1) assert.equal(at - chunk.length + end, wire.length);
        if (at === wire.length) break;
      }
      assert.notEqual(end, -1);
      assert.deepEqual(Buffer.concat(out), Buffer.concat(pieces));
    }),
  );
});

test("malformed chunks are refused", () => {
  for (const bytes of [
    "\r\n",
    "g\r\n",
    "-1\r\n",
    "0x1\r\n",
    "1\n",
    "1\r\nab\r\n",
    "1\r\na\n",
    "1\r\na\rb",
    "fffffffffffff\r\n",
  ]) {
    assert.throws(() => new ChunkedDecoder().push(Buffer.from(bytes), 0, () => undefined), BadResponse, bytes);
  }
});

test("no bytes make the head parser fail in another way than its own", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."\r\n :,abcTHP/1.0 2\t\0\xff") }), (text) => {
      for (const head of [text, `HTTP/1.1 200 OK\r\n${text}`]) {
        try {
          const { headers } = parseResponseHead(head, "GET");
          assert.equal(headers.length % 2, 0);
        } catch (error) {
          assert.ok(error instanceof BadResponse);
        }
      }
    }),
  );
});
