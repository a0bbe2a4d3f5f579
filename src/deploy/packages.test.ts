import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HubError } from "../kernel/index.ts";
import { hostFacts } from "./facts.fixture.ts";
import { installCommand, installPackages, missingPackages } from "./packages.ts";

const BARE = { commands: {}, podmanVersion: undefined, debianKeyring: false, userBus: false } as const;
const bookworm = hostFacts({
  ...BARE,
  distribution: { family: "debian", id: "debian", version: "12", name: "Debian 12" },
  systemd: false,
  cgroups: { mode: "hybrid", delegated: [] },
});

function names(...args: Parameters<typeof missingPackages>): readonly string[] {
  return missingPackages(...args).map((entry) => entry.name);
}

describe("missing packages", () => {
  it("are none on a prepared host", () => {
    assert.deepEqual(names(hostFacts(), { engine: "podman", buildImages: true }), []);
  });

  it("on Debian 12 with hybrid control groups: runc, slirp4netns and iptables", () => {
    assert.deepEqual(names(bookworm, { engine: "podman", buildImages: true }), [
      ...["podman", "uidmap", "runc", "slirp4netns", "netavark", "aardvark-dns", "iptables", "catatonit"],
      ...["mmdebstrap", "debian-archive-keyring"],
    ]);
  });

  it("on Debian 13 with systemd: crun, passt, nftables and a bus for the account", () => {
    assert.deepEqual(names(hostFacts(BARE), { engine: "podman", buildImages: false }), [
      ...[
        "podman",
        "uidmap",
        "crun",
        "passt",
        "netavark",
        "aardvark-dns",
        "nftables",
        "catatonit",
        "dbus-user-session",
      ],
    ]);
  });

  it("on Fedora go by Fedora's names", () => {
    const fedora = hostFacts({
      ...BARE,
      distribution: { family: "fedora", id: "fedora", version: "43", name: "Fedora" },
    });
    assert.ok(names(fedora, { engine: "podman", buildImages: true }).includes("shadow-utils"));
    assert.deepEqual(installCommand(fedora, ["podman"]), [
      ["dnf", "install", "-y", "--setopt=install_weak_deps=False", "podman"],
    ]);
  });

  it("for a registry of one's own is the distribution's, whose own service is never started", () => {
    const wish = { engine: "podman", buildImages: false, registry: true } as const;
    assert.deepEqual(names(hostFacts(), wish), ["docker-registry"]);
    const there = hostFacts({ commands: { ...hostFacts().commands, "docker-registry": "/usr/bin/docker-registry" } });
    assert.deepEqual(names(there, wish), []);
    assert.deepEqual(installCommand(hostFacts(), ["docker-registry"])?.[0], [
      ...["systemctl", "mask", "docker-registry.service"],
    ]);
    assert.equal(installCommand(hostFacts(), ["podman"])?.[0]?.[0], "apt-get");
  });

  it("for processes are only those that build images", () => {
    assert.deepEqual(names(bookworm, { engine: "process", buildImages: false }), []);
  });

  it("add fuse-overlayfs on a kernel without overlay mounts for everybody", () => {
    assert.ok(
      names({ ...bookworm, kernel: "5.10.0-28-amd64" }, { engine: "podman", buildImages: false }).includes(
        "fuse-overlayfs",
      ),
    );
  });
});

describe("installing packages", () => {
  const missing = [{ name: "podman", why: "runs containers" }];

  it("without root gives the command to type, with sudo", async () => {
    await assert.rejects(
      installPackages({ facts: { ...bookworm, uid: 1000 }, missing, yes: true, log: () => undefined }),
      (error: unknown) => {
        assert.ok(error instanceof HubError);
        assert.equal(error.code, "packages-missing");
        assert.match(
          error.message,
          /Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends podman$/,
        );
        return true;
      },
    );
  });

  it("asks once, and takes no for an answer", async () => {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return false;
    };
    await assert.rejects(
      installPackages({ facts: bookworm, missing, yes: false, ask, log: () => undefined }),
      /You chose not to/,
    );
    assert.equal(asked.length, 1);
    assert.match(asked.join(), /podman: runs containers/);
  });

  it("does nothing without a terminal and --yes", async () => {
    await assert.rejects(
      installPackages({ facts: bookworm, missing, yes: false, log: () => undefined }),
      /--yes was not given/,
    );
  });

  it("does nothing when nothing is missing", async () => {
    await installPackages({ facts: bookworm, missing: [], yes: false, log: () => assert.fail("nothing to say") });
  });
});
