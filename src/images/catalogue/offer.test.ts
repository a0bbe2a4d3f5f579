import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { offerOf } from "./offer.ts";
import { orderRepositories } from "./order.ts";

const SETTINGS = { registry: "localhost:5000", repositories: ["lab/*"], prefer: [], everyone: true };

describe("what is offered", () => {
  test("everybody gets the repositories of the settings with all tags, and what is theirs beside them", () => {
    const offer = offerOf(SETTINGS, ["localhost:5000/gpu/torch:2.*", "quay.io/x/*"]);
    assert.equal(offer.any, true);
    assert.equal(offer.image("lab/uspy", "anything"), true);
    assert.equal(offer.repository("gpu/torch"), true);
    assert.equal(offer.image("gpu/torch", "2.1"), true);
    assert.equal(offer.image("gpu/torch", "1.0"), false);
    assert.equal(offer.repository("x/y"), false);
  });

  test("without everyone only what is theirs", () => {
    const settings = { ...SETTINGS, everyone: false };
    assert.equal(offerOf(settings, []).any, false);
    assert.equal(offerOf(settings, ["quay.io/lab/*"]).any, false);
    const offer = offerOf(settings, ["lab/uspy"]);
    assert.deepEqual(
      ["lab/uspy", "lab/other"].map((name) => offer.repository(name)),
      [true, false],
    );
    assert.equal(offerOf(settings, [`lab/uspy@sha256:${"0".repeat(64)}`]).any, false);
  });

  test("a tag is offered only where its repository is", () => {
    const name = fc.stringMatching(/^[ab]{1,2}\/[ab]{1,2}$/);
    const pattern = fc.stringMatching(/^(localhost:5000\/)?[ab*]{1,2}(\/[ab*]{1,2})?(:[12*])?$/);
    fc.assert(
      fc.property(
        fc.array(pattern),
        fc.array(pattern),
        fc.boolean(),
        name,
        fc.constantFrom("1", "2"),
        (r, i, everyone, n, tag) => {
          const offer = offerOf({ ...SETTINGS, repositories: r, everyone }, i);
          if (offer.image(n, tag)) assert.ok(offer.repository(n));
          if (offer.repository(n)) assert.ok(offer.any);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("the order of repositories", () => {
  test("preferred ones first, as the patterns stand, then by name", () => {
    const names = ["b/x", "a/x", "lab/z", "lab/a", "main"];
    assert.deepEqual(
      orderRepositories(names, ["main", "lab/*"]).map(({ name, preferred }) => `${name}${preferred ? "!" : ""}`),
      ["main!", "lab/a!", "lab/z!", "a/x", "b/x"],
    );
  });

  test("does not depend on how they came", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[abc]{1,3}$/)),
        fc.array(fc.stringMatching(/^[abc*]{1,2}$/)),
        (names, prefer) => {
          const ordered = orderRepositories(names, prefer);
          assert.deepEqual(orderRepositories([...names].reverse(), prefer), ordered);
          assert.equal(ordered.length, names.length);
          const firstOther = ordered.findIndex(({ preferred }) => !preferred);
          assert.ok(firstOther === -1 || ordered.slice(firstOther).every(({ preferred }) => !preferred));
        },
      ),
    );
  });
});
