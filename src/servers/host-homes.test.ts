/** Homes of the host's accounts on a real Docker (survey B11, B12, B29), with accounts made for the test alone. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chown, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { mayStartDocker, startDocker } from "../../test/support/engines.ts";
import { snapshotFromText } from "../config/index.ts";
import { createDockerDriver } from "../drivers/index.ts";
import { randomHex } from "../kernel/index.ts";
import { openEngineHall } from "./test-support/engine-hall.ts";
import { ALICE } from "./test-support/hall.ts";

const run = promisify(execFile);

// A Docker daemon and accounts of one's own take root; Podman's tests are for everybody.
if (mayStartDocker()) {
  test("a server is its account of the host: number, groups, home; nobody gets another's", async (t) => {
    const prefix = `hublet-${randomHex(3)}-`;
    const account = `${prefix}alice`;
    const lab = `${prefix}lab`;
    const homes = `/srv/${prefix}homes`;
    t.after(async () => {
      await run("userdel", [account]).catch(() => undefined); // when it was not made yet
      await run("groupdel", [lab]);
      await rm(homes, { recursive: true });
    });
    await mkdir(homes);
    await run("groupadd", [lab]);
    const accountOf = (name: typeof ALICE) =>
      snapshotFromText(`people: {hostAccounts: {prefix: ${prefix}}}`, { accounts: "/etc/passwd" }).accountOf(name);
    const hall = await openEngineHall(t, startDocker, createDockerDriver, { accountOf });
    const server = { runAs: "host", homes: { folder: `${homes}//{account}/` }, home: "/home/{account}" };
    hall.configure(server, { people: { hostAccounts: { prefix } } });

    const nobody = await hall.refused(ALICE);
    assert.equal(nobody.code, "mount-missing");
    assert.match(nobody.message, /alice has no account on this host.*hublet user add --host-account alice/);

    await run("useradd", ["--no-create-home", "--home-dir", `${homes}/${account}`, "--groups", lab, account]);
    const uid = Number((await run("id", ["-u", account])).stdout);
    const gid = Number((await run("id", ["-g", account])).stdout);
    const labId = Number((await run("getent", ["group", lab])).stdout.split(":")[2]);
    const homeless = await hall.refused(ALICE);
    assert.equal(homeless.code, "mount-missing");
    assert.ok(homeless.message.includes(`sudo install -d -m 0700 -o ${account} -g ${gid} ${homes}/${account}`));

    await mkdir(`${homes}/${account}`, { mode: 0o700 });
    const roots = await hall.refused(ALICE);
    assert.match(roots.message, /belongs to the number 0 and not to/);

    await chown(`${homes}/${account}`, uid, gid);
    const { self, home, messages } = await hall.run(ALICE);
    const [, groups = ""] = new RegExp(`^uid=${uid} gid=${gid} groups=([0-9,]+)$`, "m").exec(self) ?? [];
    assert.deepEqual(new Set(groups.split(",").map(Number)), new Set([100, gid, labId]));
    for (const line of [
      ...[`NB_USER=${account}`, `USER=${account}`, `LOGNAME=${account}`, `NB_UID=${uid}`, `NB_GID=${gid}`],
      ...[`USER_ID=${uid}`, `HOME=/home/${account}`, "NB_UMASK=0022", `/home/${account}`],
    ])
      assert.ok(self.split("\n").includes(line), `${line} in\n${self}`);
    assert.match(home, new RegExp(`^${uid}:${gid} 700 \\.$`, "m"));
    assert.doesNotMatch(messages.join("\n"), /Making the files yours/);
    assert.equal((await stat(`${homes}/${account}/made-here`)).uid, uid);
    assert.equal(await readFile(`${homes}/${account}/made-here`, "utf8"), "of alice\n");
    await hall.stop(ALICE);

    // Her home became somebody else's: by a link, then by its owner.
    await rename(`${homes}/${account}`, `${homes}/kept`);
    await symlink(`${homes}/kept`, `${homes}/${account}`);
    const linked = await hall.refused(ALICE);
    assert.equal(linked.code, "mount-missing");
    assert.ok(linked.message.includes(`is reached by a link, which leads to ${homes}/kept`), linked.message);
    await rm(`${homes}/${account}`);
    await mkdir(`${homes}/${account}`);
    await chown(`${homes}/${account}`, uid + 1, gid);
    assert.match(
      (await hall.refused(ALICE)).message,
      new RegExp(`belongs to the number ${uid + 1} and not to ${account}`),
    );
  });

  test("numbers of their own are none of the host's accounts, and a new home is writable at once", async (t) => {
    const name = `hublet-${randomHex(3)}`;
    await run("useradd", ["--no-create-home", "--uid", "20000", name]);
    t.after(() => run("userdel", [name]));
    const hall = await openEngineHall(t, startDocker, createDockerDriver);
    hall.configure({ runAs: "own" });
    const { self, home } = await hall.run(ALICE);
    assert.match(self, /^uid=20001\b.* gid=100\b/m);
    assert.match(home, /^20001:100 \d+ \.\/made-here$/m);
    assert.match(home, /^20001:100 \d+ \.\/\.profile$/m, "the image's files came with the new volume");
    assert.doesNotMatch(home, /^(?!20001:100 )./m);
    assert.equal((await stat(`${await hall.folderOf(ALICE)}/made-here`)).uid, 20_001);
  });
}
