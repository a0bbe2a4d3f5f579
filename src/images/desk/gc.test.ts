import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../../contract/index.ts";
import type { ListedImage } from "../../drivers/index.ts";
import { type GcFacts, judge } from "./gc.ts";
import { isOurs, means, namedBy } from "./naming.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1000 * DAY;

function image(name: string, more: Partial<ListedImage> = {}): ListedImage {
  const references = name === "" ? [] : [name];
  return { id: `sha256:${name}`, references, digests: [], labels: {}, sizeBytes: 1, created: NOW - 100 * DAY, ...more };
}

function verdicts(images: readonly ListedImage[], changes: Partial<GcFacts> = {}): Record<string, string | undefined> {
  const facts: GcFacts = {
    images,
    usedBy: () => [],
    namedBy: () => [],
    known: () => true,
    last: () => ({ at: 0, seen: false }),
    oldestBuild: undefined,
    unusedDays: 0,
    now: NOW,
    ...changes,
  };
  return Object.fromEntries(judge(facts).map((verdict) => [verdict.image.id.slice(7), verdict.because]));
}

test("the newest two of a repository stay, older ones and nameless ones go", () => {
  const images = [1, 2, 3].map((age) => image(`lab/a:${age}`, { created: NOW - age * DAY }));
  const kept = "one of the newest 2 of docker.io/lab/a";
  assert.deepEqual(verdicts([...images, image("")]), {
    "lab/a:1": kept,
    "lab/a:2": kept,
    "lab/a:3": undefined,
    "": undefined,
  });
});

test("what is used, named, young or foreign stays, with the reason; the program's own is not even mentioned", () => {
  const names = ["a/x:1", "b/x:1", "c/x:1", "localhost/hublet-hub:1-ab", "d/x:1"];
  const images = names.map((name) => image(name, { created: name === "c/x:1" ? NOW : NOW - 9 * DAY }));
  const found = verdicts(images, {
    usedBy: ({ id }) => (id.includes("a/x") ? ["ada", "eve/gpu"] : []),
    namedBy: ({ id }) => (id.includes("b/x") ? ["profiles.gpu"] : []),
    known: ({ id }) => !id.includes("d/x"),
    oldestBuild: NOW - DAY,
  });
  assert.deepEqual(found, {
    "a/x:1": "in use by ada, eve/gpu",
    "b/x:1": "named by profiles.gpu",
    "c/x:1": "made while a build was under way",
  });
});

test("how long nobody ran an image is said honestly", () => {
  const old = { created: 1 };
  const images = [image("a/x:9"), image("a/x:8"), ...["run", "quiet", "never"].map((tag) => image(`a/x:${tag}`, old))];
  const seen = { "a/x:run": NOW - 2.5 * DAY, "a/x:quiet": NOW - 40 * DAY };
  const last: GcFacts["last"] = (id) => {
    const at = Object.entries(seen).find(([name]) => id.endsWith(name))?.[1];
    return { at: at ?? NOW - 10 * DAY, seen: at !== undefined };
  };
  const { "a/x:run": run, "a/x:quiet": quiet, "a/x:never": never } = verdicts(images, { unusedDays: 30, last });
  assert.equal(run, "last used 2 days ago");
  assert.equal(quiet, undefined);
  assert.match(never ?? "", /^not known whether somebody used it: that is written down since/);
  // Since then, long enough has passed.
  assert.equal(verdicts(images, { unusedDays: 5, last })["a/x:never"], undefined);
});

test("names mean images as engines understand them", () => {
  const one = image("docker.io/library/debian:latest", { digests: [`quay.io/a/b@sha256:${"a".repeat(64)}`] });
  for (const name of ["debian", "debian:latest", "docker.io/debian", `quay.io/a/b:9@sha256:${"a".repeat(64)}`, one.id])
    assert.ok(means(name, one), name);
  for (const name of ["debian:12", "quay.io/a/b", "Not A Name"]) assert.equal(means(name, one), false, name);
  assert.ok(isOurs(image("localhost/hublet/build:1")));
  assert.equal(isOurs(image("localhost/hublet/notebook:1")), false);
});

test("the configuration names images by server, profiles, groups, and its own services", () => {
  const config = configSchema.parse({
    server: { image: "lab/a:1" },
    profiles: [{ name: "gpu", title: "GPU", image: "lab/b:1" }],
    groups: { staff: { images: ["lab/c:1", "lab/*"] } },
    registry: {},
  });
  const options = {
    registry: "localhost:5000",
    built: { reference: "localhost/hublet/notebook:1", replaceable: (name: string) => name === "lab/a:1" },
  };
  const of = (name: string): string[] => namedBy(image(name), config, options);
  assert.deepEqual(of("docker.io/lab/a:1"), ["server"]);
  assert.deepEqual(of("localhost/hublet/notebook:1"), ["server"]);
  assert.deepEqual(of("docker.io/lab/b:1"), ["profiles.gpu"]);
  assert.deepEqual(of("localhost:5000/lab/c:1"), ["groups.staff"]);
  assert.deepEqual(of("docker.io/library/registry:2"), ["registry"]);
  assert.deepEqual(of("docker.io/lab/d:1"), []);
});
