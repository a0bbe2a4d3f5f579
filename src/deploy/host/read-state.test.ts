import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, release } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { openLocalHost } from "./local.ts";
import { readHostState } from "./read-state.ts";

const NOTHING = { account: "root", home: "/root", files: [], contents: [], folders: [], units: [] };

describe("reading this host", () => {
  it("finds what is there, in one go", async () => {
    if (process.geteuid?.() !== 0) {
      await assert.rejects(openLocalHost(), HubError);
      return;
    }
    const folder = await mkdtemp("/run/hublet-state-test-");
    const host = await openLocalHost();
    try {
      const file = join(folder, "with space ü");
      await writeFile(file, "one\ntwo\n");
      await chmod(file, 0o640);
      await symlink("/etc/shadow", join(folder, "link"));
      await mkdir(join(folder, "a/b"), { recursive: true });
      await writeFile(join(folder, "a/b/deep"), "");
      const paths = [file, join(folder, "link"), folder, join(folder, "none")];
      const state = await readHostState(host, { ...NOTHING, files: paths, contents: paths, folders: [folder] });
      assert.deepEqual([state.hostname, state.kernel], [hostname(), release()]);
      assert.deepEqual(
        paths.map((path) => state.files[path]?.kind),
        ["file", "link", "folder", undefined],
      );
      assert.deepEqual(state.files[file], {
        ...{ mode: 0o640, uid: 0, gid: 0, kind: "file" },
        sha256: createHash("sha256").update("one\ntwo\n").digest("hex"),
      });
      assert.equal(state.files[join(folder, "link")]?.sha256, "", "what a link leads to is not looked at");
      assert.deepEqual(
        paths.map((path) => state.contents[path]),
        ["one\ntwo\n", undefined, undefined, undefined],
      );
      assert.deepEqual(state.listings[folder], [join(folder, "a/b/deep"), file]);
      assert.equal(state.account?.uid, 0);
      assert.ok(state.commands.tar?.startsWith("/"));
      assert.match(state.accountFiles.passwd, /^root:/m);
      assert.ok(state.accountFiles.running?.includes(0));
      assert.ok(state.disk.freeBytes > 0 && state.disk.totalBytes > state.disk.freeBytes);
      await assert.rejects(readHostState(host, { ...NOTHING, files: ["/a\nfile /etc"] }), HubError);
    } finally {
      await host.close();
      await rm(folder, { recursive: true });
    }
  });
});
