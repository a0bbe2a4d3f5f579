import assert from "node:assert/strict";
import { test } from "node:test";
import { yamlText } from "./yaml-text.ts";

test("nested values read as the file is written", () => {
  const config = {
    name: "Lab",
    listen: "127.0.0.1:8000",
    server: { memory: 2147483648, idleTimeout: null, environment: {}, mounts: [] },
    profiles: [{ name: "gpu", images: ["a:1", "b:2"] }, { name: "small" }],
    signIn: { github: { clientSecret: { secret: "github" } } },
  };
  assert.equal(
    yamlText(config),
    `name: Lab
listen: "127.0.0.1:8000"
server:
  memory: 2147483648
  idleTimeout: off
  environment: {}
  mounts: []
profiles:
  - name: gpu
    images:
      - a:1
      - b:2
  - name: small
signIn:
  github:
    clientSecret: {secret: github}`,
  );
});

test("texts that would be read as something else are quoted", () => {
  assert.equal(yamlText({ a: "yes", b: "12", c: "", d: "x: y", "e f": "- z", g: "two\nlines" }).split("\n").length, 6);
  assert.match(yamlText({ a: "yes" }), /a: "yes"/);
  assert.match(yamlText({ a: "line\nbreak" }), /a: "line\\nbreak"/);
});
