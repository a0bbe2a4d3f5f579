/** Numbers of their own on real rootless Podman (survey T2, D26): files of two people never have the same owner. */
import assert from "node:assert/strict";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/databases.ts";
import { startPodman } from "../../test/support/engines.ts";
import { createPodmanDriver } from "../drivers/index.ts";
import { openEngineHall } from "./test-support/engine-hall.ts";
import { ALICE, CAROL } from "./test-support/hall.ts";

test("people have numbers of their own, keep the files they had, and get the lab's files once", async (t) => {
  const hall = await openEngineHall(t, startPodman, createPodmanDriver);
  const skeleton = temporaryFolder(t);
  await mkdir(join(skeleton, ".gpaw"));
  await writeFile(join(skeleton, ".gpaw/rc.py"), "setup_paths = []\n");
  await writeFile(join(skeleton, "made-here"), "of the lab\n");

  // Alice was here before numbers were given.
  const before = await hall.run(ALICE);
  assert.match(before.home, /^1000:100 \d+ \.\/made-here$/m);
  assert.match(before.self, /^NB_UMASK=0022$/m);
  assert.doesNotMatch(before.self, /^NB_UID/m);
  await hall.stop(ALICE);

  hall.configure({ runAs: "own", skeleton, umask: "0027", groupIds: [3000] });
  const alice = await hall.run(ALICE);
  assert.ok(alice.messages.includes("Making the files yours"), alice.messages.join("\n"));
  assert.match(alice.self, /^uid=20000\b.* gid=100\b.*\b3000\b/m);
  assert.match(alice.self, /^NB_UID=20000$/m);
  assert.match(alice.self, /^NB_GID=100$/m);
  assert.match(alice.self, /^NB_USER=alice$/m);
  assert.match(alice.self, /^HOME=\/home\/jovyan$/m);
  assert.match(alice.self, /^NB_UMASK=0027$/m);
  assert.match(alice.home, /^20000:100 \d+ \.\/made-here$/m);
  assert.match(alice.home, /^20000:100 \d+ \.\/\.gpaw\/rc\.py$/m);
  assert.doesNotMatch(alice.home, /^(?!20000:100 )./m, "all of it is hers");

  const carol = await hall.run(CAROL);
  assert.match(carol.self, /^uid=20001\b.* gid=100\b/m);
  assert.match(carol.home, /^20001:100 \d+ \.\/\.profile$/m, "the image's files came with the new volume");
  const owners = await Promise.all(
    [ALICE, CAROL].map(async (user) => (await stat(join(await hall.folderOf(user), "made-here"))).uid),
  );
  assert.equal(new Set(owners).size, 2, `the host sees ${owners.join(" and ")}`);
  assert.ok(
    owners.every((uid) => uid > 65_535),
    "numbers of the service account's own range",
  );

  await hall.stop(ALICE);
  await rm(join(skeleton, "made-here"));
  const changed = await hall.run(ALICE);
  assert.ok(!changed.messages.includes("Making the files yours"));
  assert.ok(changed.messages.includes("Putting the lab's files into the home folder"));
  await hall.stop(ALICE);
  const again = await hall.run(ALICE);
  assert.doesNotMatch(again.messages.join("\n"), /files/, "nothing was to do");
  assert.match(again.self, /^uid=20000\b/m);
  await hall.stop(ALICE);

  hall.configure({});
  const back = await hall.run(ALICE);
  assert.match(back.self, /^uid=1000/m);
  assert.match(back.home, /^1000:100 \d+ \.\/\.gpaw\/rc\.py$/m, "the image's user has them again");
});

test("what rootless engines cannot do is said; a skeleton that is away keeps nobody from starting", async (t) => {
  const account = { account: "jupyter-alice", uid: 1007, gid: 1007, home: "/home/jupyter-alice", groups: [] };
  const hall = await openEngineHall(t, startPodman, createPodmanDriver, { accountOf: () => account });
  hall.configure({ runAs: "host" }, { people: { hostAccounts: {} } });
  const { code, message } = await hall.refused(ALICE);
  assert.equal(code, "bad-config");
  assert.match(message, /the engine runs without root, and numbers of the host do not exist in its containers/);
  hall.configure({ skeleton: "/srv/no-such-skeleton" });
  const { messages } = await hall.run(ALICE);
  assert.match(messages.join("\n"), /Going on without the files of \/srv\/no-such-skeleton: ENOENT/);
});
