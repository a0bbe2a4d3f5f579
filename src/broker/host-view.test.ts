import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { hostView, outside } from "./host-view.ts";

test("links of the host are followed within the host, wherever its file system is mounted", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "hublet-host-"));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "data/books"), { recursive: true });
  mkdirSync(join(root, "srv"));
  symlinkSync("/data", join(root, "srv/absolute"));
  symlinkSync("../data/./books", join(root, "srv/relative"));
  symlinkSync("../../../../data", join(root, "srv/above"));
  symlinkSync("loop", join(root, "srv/loop"));
  symlinkSync("/etc", join(root, "srv/elsewhere"));
  const view = hostView(root);

  assert.equal(await view.real("/srv/absolute/books"), "/data/books");
  assert.equal(await view.real("/srv/relative/"), "/data/books");
  assert.equal(await view.real("/srv/above/books"), "/data/books");
  await view.stat("/srv/absolute/books");
  await assert.rejects(view.stat("/srv/loop"), { code: "ELOOP" });
  // This machine has an /etc; the host below the folder has none.
  await assert.rejects(view.stat("/srv/elsewhere"), { code: "ENOENT" });
});

test("numbers are the host's, also where a rootless engine gave this process others", () => {
  const rootless = "         0        995          1\n         1    1148576    1048576\n";
  assert.equal(outside(rootless, 0), 995);
  assert.equal(outside(rootless, 20_000), 1_168_575);
  assert.equal(outside("0 0 4294967295\n", 1007), 1007);
  assert.equal(outside(rootless, 65_534), 65_534, "of whom it knows nothing");
});

test("without a folder of its own the view is this process's", async () => {
  const view = hostView("");
  assert.equal(await view.real("/proc/self/cwd"), process.cwd());
  await assert.rejects(view.stat("/nowhere"), { code: "ENOENT" });
});
