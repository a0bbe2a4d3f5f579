/** What root takes for its own, and what it opens to the service account. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { HubError, randomHex } from "../../kernel/index.ts";
import { openToAccount } from "./config-access.ts";
import { checkConfigOwner } from "./config-owner.ts";

const SOMEBODY = 54_321;
const root = process.geteuid?.() === 0;

/** Below a folder that only root can write, as /etc is. */
function folderOfRoot(t: TestContext, files: readonly string[]): string {
  const folder = `/root/hublet-test-${randomHex(4)}`;
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, file), "{}\n", { mode: 0o600 });
  }
  return folder;
}

// Only root asks: for everybody else there is nothing to prove.
if (root) {
  test("root does not obey a file of somebody else, by whatever links it is reached", (t) => {
    const folder = folderOfRoot(t, ["lab/hublet.yaml", "own/hublet.yaml", "theirs/hublet.yaml"]);
    for (const path of ["theirs", "theirs/hublet.yaml"]) chownSync(join(folder, path), SOMEBODY, SOMEBODY);
    const refused = (name: string): void =>
      assert.throws(
        () => checkConfigOwner(join(folder, name)),
        (error) =>
          error instanceof HubError && error.code === "state-unusable" && /theirs.* belongs to/.test(error.message),
        name,
      );
    checkConfigOwner(join(folder, "own/hublet.yaml"));
    checkConfigOwner(join(folder, "own/not-there-yet.yaml"));
    symlinkSync("../own/hublet.yaml", join(folder, "lab/own.yaml"));
    checkConfigOwner(join(folder, "lab/own.yaml"));
    symlinkSync("../theirs/hublet.yaml", join(folder, "lab/theirs.yaml"));
    refused("lab/theirs.yaml");
    symlinkSync("theirs", join(folder, "linked"));
    refused("linked/hublet.yaml");
    // It leads to root's own file, by a link that somebody else can turn.
    symlinkSync("../own/hublet.yaml", join(folder, "theirs/way.yaml"));
    symlinkSync("../theirs/way.yaml", join(folder, "lab/way.yaml"));
    refused("lab/way.yaml");
    chmodSync(join(folder, "own"), 0o777);
    assert.throws(() => checkConfigOwner(join(folder, "own/hublet.yaml")), /can be written by others/);
  });

  test("the account may read what is below the configuration's folder, and nothing that links lead to", (t) => {
    const folder = folderOfRoot(t, ["lab/hublet.yaml", "lab/conf.d/deep/more.yaml", "private/key.pem"]);
    symlinkSync("../private", join(folder, "lab/tls"));
    symlinkSync("conf.d/deep/more.yaml", join(folder, "lab/link.yaml"));
    const files = ["lab/hublet.yaml", "lab/tls/key.pem", "lab/link.yaml"].map((file) => join(folder, file));
    const opened = openToAccount(join(folder, "lab/hublet.yaml"), files, SOMEBODY);
    const changed = ["conf.d", "conf.d/deep", "hublet.yaml", "conf.d/deep/more.yaml"];
    assert.deepEqual(
      opened,
      changed.map((path) => join(folder, "lab", path)),
    );
    const modes = changed.map((path) => (statSync(join(folder, "lab", path)).mode & 0o777).toString(8));
    assert.deepEqual(modes, ["750", "750", "640", "640"]);
    assert.deepEqual([statSync(join(folder, "private/key.pem")).gid, statSync(join(folder, "private")).gid], [0, 0]);
  });
}
