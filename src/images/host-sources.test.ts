import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HubError } from "../kernel/index.ts";
import { formatSource, parseOneLine } from "./apt-sources.ts";
import { chooseSources, parseOsRelease, readHostSources } from "./host-sources.ts";

const DEBIAN_12 = parseOsRelease(
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
);
const UBUNTU = parseOsRelease('PRETTY_NAME="Ubuntu 25.04"\nVERSION_CODENAME=plucky\nID=ubuntu\nID_LIKE=debian\n');

function chosen(system: typeof DEBIAN_12, text: string): string[] {
  return chooseSources(system, parseOneLine(text)).sources.map(formatSource);
}

describe("the sources of an image", () => {
  test("Debian 12 gives Debian 13 from the same mirrors, security and keys included", () => {
    const text = `deb https://other.example/thing stable thing
deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib
deb [signed-by=/k.gpg] http://mirror.example/debian bookworm-updates main
deb [signed-by=/k.gpg] http://mirror.example/debian-security bookworm-security main`;
    assert.deepEqual(chosen(DEBIAN_12, text), [
      "deb [signed-by=/k.gpg] http://mirror.example/debian trixie main",
      "deb [signed-by=/k.gpg] http://mirror.example/debian trixie-updates main",
      "deb [signed-by=/k.gpg] http://mirror.example/debian-security trixie-security main",
    ]);
  });

  test("a host without a security source gets none", () => {
    assert.deepEqual(chosen(DEBIAN_12, "deb http://mirror.example/debian stable main"), [
      "deb http://mirror.example/debian trixie main",
    ]);
  });

  test("Ubuntu keeps its own release, with universe", () => {
    const text = `deb http://mirror.example/ubuntu plucky main restricted
deb http://mirror.example/ubuntu plucky-security main`;
    assert.deepEqual(chosen(UBUNTU, text), [
      "deb http://mirror.example/ubuntu plucky main universe",
      "deb http://mirror.example/ubuntu plucky-security main universe",
    ]);
  });

  test("Mint counts as the Ubuntu it is made of", () => {
    const system = parseOsRelease(
      'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=xia\nUBUNTU_CODENAME=noble\n',
    );
    assert.deepEqual([system.id, system.codename], ["ubuntu", "noble"]);
  });

  test("another system is told what to do instead", () => {
    const fedora = parseOsRelease('ID=fedora\nPRETTY_NAME="Fedora Linux 42"\n');
    assert.throws(
      () => chooseSources(fedora, []),
      (error: unknown) =>
        error instanceof HubError &&
        error.code === "image-build-failed" &&
        /Fedora.*servers\.image/.test(error.message),
    );
    assert.throws(() => chooseSources(DEBIAN_12, []), /No Debian.* mirror was found/);
  });

  test("files of both formats are read, and a cloud image's list of mirrors is looked into", async () => {
    const root = await mkdtemp(join(tmpdir(), "hublet-apt-"));
    try {
      await mkdir(join(root, "etc/apt/sources.list.d"), { recursive: true });
      await mkdir(join(root, "etc/apt/mirrors"));
      await writeFile(join(root, "etc/os-release"), "ID=debian\nVERSION_CODENAME=trixie\n");
      await writeFile(join(root, "etc/apt/sources.list"), "# moved to sources.list.d\n");
      await writeFile(
        join(root, "etc/apt/mirrors/debian.list"),
        "# first wins\nhttps://near.example/debian priority:1\n",
      );
      await writeFile(
        join(root, "etc/apt/sources.list.d/debian.sources"),
        "Types: deb deb-src\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\n",
      );
      await writeFile(
        join(root, "etc/apt/sources.list.d/old.list"),
        "deb http://old.example/debian trixie-backports main\n",
      );
      await writeFile(join(root, "etc/apt/sources.list.d/off.sources.disabled"), "Types: deb\n");
      const { system, sources } = await readHostSources(root);
      assert.equal(system.codename, "trixie");
      assert.deepEqual(
        sources.map((source) => `${source.uri} ${source.suite}`),
        ["https://near.example/debian trixie", "http://old.example/debian trixie-backports"],
      );
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
