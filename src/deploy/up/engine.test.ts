import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostFacts } from "../facts.fixture.ts";
import { chooseEngine } from "./engine.ts";
import { hostLimits } from "./limits.ts";

describe("the choice of engine", () => {
  it("is rootless Podman where it works", () => {
    const choice = chooseEngine({ configured: "auto", facts: hostFacts({ dockerAnswers: true }) });
    assert.equal(choice.kind, "podman");
    assert.deepEqual(choice.problems, []);
  });

  it("is Docker where Podman lacks something, and says what", () => {
    const choice = chooseEngine({
      configured: "auto",
      facts: hostFacts({ dockerAnswers: true, subordinateIds: { uids: 0, gids: 0 } }),
    });
    assert.equal(choice.kind, "docker");
    assert.match(choice.problems.join(), /no range of subordinate user ids/);
  });

  it("is processes where there is neither, with a warning", () => {
    const choice = chooseEngine({ configured: "auto", facts: hostFacts({ commands: {}, podmanVersion: undefined }) });
    assert.equal(choice.kind, "process");
    assert.match(choice.problems.join(" "), /Podman is not installed.*Docker does not answer.*not separated/);
    assert.ok(choice.usable);
  });

  it("is what the configuration says, and unusable when that cannot run", () => {
    const facts = hostFacts({ devices: { fuse: true, tun: false } });
    assert.equal(chooseEngine({ configured: "podman", facts }).usable, false);
    assert.equal(chooseEngine({ configured: "docker", facts }).usable, false);
    assert.equal(chooseEngine({ configured: "process", facts }).usable, true);
  });

  it("refuses a Podman that is too old", () => {
    assert.equal(chooseEngine({ configured: "podman", facts: hostFacts({ podmanVersion: "3.4.4" }) }).usable, false);
  });
});

describe("the limits that a host enforces", () => {
  it("are all of them with cgroup2 delegated by systemd", () => {
    assert.deepEqual(hostLimits(hostFacts(), "podman", true), { memory: true, cpu: true, pids: true, reasons: [] });
  });

  it("are none for rootless containers on control groups of version 1, and it says so", () => {
    const limits = hostLimits(hostFacts({ cgroups: { mode: "hybrid", delegated: [] } }), "podman", false);
    assert.deepEqual([limits.memory, limits.cpu, limits.pids], [false, false, false]);
    assert.match(limits.reasons.join(), /version 1/);
  });

  it("lack what systemd does not delegate", () => {
    const limits = hostLimits(hostFacts({ cgroups: { mode: "v2", delegated: ["memory", "pids"] } }), "podman", true);
    assert.equal(limits.cpu, false);
    assert.match(limits.reasons.join(), /control of cpu to ordinary accounts.*Delegate=/);
  });

  it("are none for processes and all for Docker", () => {
    assert.equal(hostLimits(hostFacts(), "process", true).memory, false);
    assert.equal(hostLimits(hostFacts({ cgroups: { mode: "v1", delegated: [] } }), "docker", false).memory, true);
  });
});
