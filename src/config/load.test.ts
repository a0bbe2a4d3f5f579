import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { HubError } from "../kernel/index.ts";
import { configJsonSchema, firstConfig, parseConfig } from "./index.ts";

function messageFor(text: string): string {
  try {
    parseConfig(text, "hublet.yaml");
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, "bad-config");
    return error.message;
  }
  throw new Error("the configuration was accepted");
}

test("an empty file is a whole configuration by defaults", () => {
  const config = parseConfig("", "hublet.yaml");
  assert.equal(config.listen, "127.0.0.1:8000");
  assert.equal(config.server.memory, 2 * 1024 ** 3);
});

test("the first configuration is valid and changes no default", () => {
  assert.deepEqual(parseConfig(firstConfig(), "hublet.yaml"), parseConfig("", "hublet.yaml"));
});

test("sizes and durations take units", () => {
  const config = parseConfig("server: {memory: 1.5G, startTimeout: 5m}", "hublet.yaml");
  assert.equal(config.server.memory, 1.5 * 1024 ** 3);
  assert.equal(config.server.startTimeout, 300);
});

test("a misspelt key is named with its place and a suggestion", () => {
  assert.match(
    messageFor("name: x\nserver:\n  memroy: 2G\n"),
    /hublet\.yaml:3:3: server\.memroy: unknown key; did you mean “memory”\?/,
  );
});

test("all problems are reported at once, in the order of the file", () => {
  const message = messageFor("nmae: x\nlisten: nowhere\nserver:\n  cpus: -1\n");
  assert.match(message, /3 mistakes/);
  assert.ok(message.indexOf("hublet.yaml:1:1") < message.indexOf("hublet.yaml:2:9"));
  assert.ok(message.indexOf("hublet.yaml:2:9") < message.indexOf("hublet.yaml:4:9"));
});

test("a wrong type, a duplicate key and a tab each have a position", () => {
  assert.match(messageFor("server: 5\n"), /hublet\.yaml:1:9: server: must be a map/);
  assert.match(
    messageFor("name: a\nname: b\n"),
    /hublet\.yaml:2:1: name: this key is here twice; the first is on line 1/,
  );
  assert.match(messageFor("server:\n\tmemory: 2G\n"), /hublet\.yaml:2:\d+: .*tab/i);
});

test("a snapshot cannot be changed", () => {
  const config = parseConfig("", "hublet.yaml");
  assert.throws(() => {
    (config.server as { cpus: number }).cpus = 9;
  });
});

test("whatever the text, the answer is a configuration or a message, never a crash", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      try {
        parseConfig(text, "hublet.yaml");
      } catch (error) {
        assert.ok(error instanceof HubError, String(error));
      }
    }),
  );
});

test("hublet.schema.json is the schema", () => {
  const file = new URL("../../hublet.schema.json", import.meta.url);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), JSON.parse(JSON.stringify(configJsonSchema())));
});
