/** The form names of JupyterHub, image and tag: what they name, and for whom. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../contract/index.ts";
import { launchSettings } from "./launch-settings.ts";
import { policyFrom } from "./test-support/policy.ts";

const config = configSchema.parse({
  server: { image: "base:1" },
  catalogue: { registry: "localhost:5000", repositories: ["lab/*"] },
});
const policy = policyFrom(config);

function chosen(options: Record<string, unknown>, remembered = false, ...images: string[]) {
  const person = policyFrom(config, { images: images.map((reference) => ({ reference, from: "g", place: null })) });
  const { image, choice } = launchSettings(config, person, options, remembered);
  return choice === null ? image : { image, ...choice };
}

test("a repository of the catalogue and a tag are one choice, however they are written", () => {
  const uspy = { image: "localhost:5000/lab/uspy:2.1", repository: "lab/uspy", tag: "2.1", otherwise: null };
  for (const options of [
    { image: "lab/uspy", tag: "2.1" },
    { image: ["lab/uspy"], tag: ["2.1"] },
    { image: "localhost:5000/lab/uspy", tag: "2.1" },
    { image: "lab/uspy:2.1" },
    { image: "localhost:5000/lab/uspy:2.1", tag: "" },
  ])
    assert.deepEqual(chosen(options), uspy, JSON.stringify(options));
  assert.deepEqual(chosen({ image: "lab/uspy" }), { ...uspy, image: "localhost:5000/lab/uspy:latest", tag: "latest" });
  assert.equal(chosen({ image: "", tag: "" }), "base:1", "a form whose fields were left alone");
});

test("what is not offered is forbidden, when chosen right now; a choice of earlier gives way", () => {
  for (const image of ["secret/thing", "ghcr.io/lab/uspy", "lab/../secret", "lab/uspy@sha256:00", "LAB/uspy"]) {
    assert.throws(() => chosen({ image, tag: "1" }), { code: "forbidden" }, image);
    assert.equal(chosen({ image, tag: "1" }, true), "base:1", image);
  }
  assert.throws(() => chosen({ image: "lab/uspy", tag: "../x" }), { code: "forbidden" });
  assert.throws(() => chosen({ tag: "2" }), { code: "bad-request" });
  assert.throws(() => chosen({ image: "x" }), { message: /Choose one that the start page shows, or ask your admin/ });
});

test("a remembered choice knows what runs when it is gone", () => {
  const { otherwise } = chosen({ image: "lab/uspy", tag: "2.1" }, true) as { otherwise: string };
  assert.equal(otherwise, "base:1");
});

test("without everyone, only what a group lists may be chosen; its patterns reach other registries too", () => {
  const closed = configSchema.parse({
    server: { image: "base:1" },
    catalogue: { registry: "localhost:5000", everyone: false },
  });
  const ask = (image: string, tag: string, ...images: string[]) => {
    const person = policyFrom(closed, { images: images.map((reference) => ({ reference, from: "g", place: null })) });
    return launchSettings(closed, person, { image, tag }, false).image;
  };
  assert.throws(() => ask("lab/uspy", "2.1"), { code: "forbidden" });
  assert.equal(ask("lab/uspy", "2.1", "lab/*"), "localhost:5000/lab/uspy:2.1");
  assert.throws(() => ask("lab/other", "1", "lab/uspy"), { code: "forbidden" });
  // Without a registry the pattern means the lab's: at Docker Hub anybody may call themselves “lab”.
  assert.throws(() => ask("docker.io/lab/uspy", "2.1", "lab/*"), { code: "forbidden" });
  assert.equal(ask("quay.io/jupyter/scipy", "x", "quay.io/jupyter/*"), "quay.io/jupyter/scipy:x");
  assert.equal(ask("special", "2", "special:2"), "special:2");
});

test("a hub without a catalogue knows no repositories", () => {
  const plain = configSchema.parse({ server: { image: "base:1" } });
  assert.throws(() => launchSettings(plain, policy, { image: "lab/uspy", tag: "1" }, false), {
    code: "forbidden",
    message: /no images to choose from/,
  });
  assert.equal(launchSettings(plain, policy, { image: "base", tag: "1" }, false).image, "base:1", "the hub's own");
});
