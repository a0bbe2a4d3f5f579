import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkFolder } from "./host-folders.ts";
import { hostView } from "./host-view.ts";
import { Refusal } from "./refusal.ts";
import { POLICY } from "./test-support/bodies.ts";

test("a link that a hub put in the place of its bridge leads nowhere", async (context) => {
  const root = await mkdtemp(join(tmpdir(), "hublet-folders-"));
  context.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, "really/state/bridge"), { recursive: true });
  await mkdir(join(root, "root"));
  // A host's own link on the way is nobody's attack.
  await symlink(join(root, "really"), join(root, "lib"));
  const state = join(root, "lib/state");
  const policy = { ...POLICY, closed: [state], binds: [{ source: `${state}/bridge`, readOnly: true }] };
  await checkFolder(policy, hostView(""), `${state}/bridge`);
  await rename(`${state}/bridge`, `${state}/before`);
  await symlink(join(root, "root"), `${state}/bridge`);
  await assert.rejects(checkFolder(policy, hostView(""), `${state}/bridge`), Refusal);
});
