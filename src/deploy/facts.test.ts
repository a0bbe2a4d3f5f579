import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countIds, parseOsRelease, readHost } from "./facts.ts";

describe("facts about the host", () => {
  it("recognise a distribution by its relatives", () => {
    assert.deepEqual(
      parseOsRelease('PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'),
      {
        family: "debian",
        id: "ubuntu",
        version: "24.04",
        name: "Ubuntu 24.04 LTS",
      },
    );
    assert.equal(parseOsRelease('ID="rocky"\nID_LIKE="rhel centos fedora"\n').family, "fedora");
    assert.equal(parseOsRelease("ID=alpine\n").family, "other");
    assert.equal(parseOsRelease("").name, "an unknown system");
  });

  it("count subordinate ids by name and by number", () => {
    assert.equal(countIds("a:100000:65536\n1001:200000:10\nb:1:5\n", "a", 1001), 65_546);
  });

  it("are read from this host without an error", async () => {
    const facts = await readHost({ dockerSocket: "/nonexistent/docker.sock" });
    assert.equal(facts.uid, process.geteuid?.());
    assert.equal(facts.dockerAnswers, false);
    assert.ok(facts.kernel.length > 0);
  });
});
