/** Backups of a deployment: made by its timer's service, given back in parts while people work, and as a whole on a new host. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bootGuest, type Guest } from "./support/guest.ts";
import type { Kernel } from "./support/kernel.ts";
import { Lab, PROGRAM } from "./support/lab.ts";
import { Person } from "./support/person.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";

const ADDRESS = 12;
const ORIGIN = `https://10.213.77.${ADDRESS}`;
const FOLDER = "/srv/backups/hublet";
const BINDS = { [PROGRAM_ROOT]: PROGRAM, "/var/cache/hublet": "/var/cache/hublet" };
const IDENTITY = "/root/.config/hublet/identity";

const CONFIGURATION = `name: The lab
listen: "*:443"
publicUrl: ${ORIGIN}
tls:
  certificate: tls/10.213.77.${ADDRESS}.crt
  key: {secret: tls-key}
  hsts: false
backup:
  to: ${FOLDER}
  at: "03:30"
`;

describe("backups of a deployment", { timeout: 900_000 }, () => {
  let guest: Guest;
  let lab: Lab;
  let ada: Person;
  const kept = mkdtempSync(join(tmpdir(), "hublet-kept-"));
  const trusting = process.env.NODE_TLS_REJECT_UNAUTHORIZED;

  before(async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the authority of this test is nobody's
    guest = await bootGuest("lost", ADDRESS, BINDS);
    lab = new Lab(guest);
    await lab.configure(CONFIGURATION);
    await lab.must(["secrets", "init", "--name", "root"]);
    await lab.must(["tls", "selfsigned"]);
    await lab.must(["apply", "--yes"]);
    ada = new Person(ORIGIN, "admin");
    await ada.claim(await lab.link("admin"));
    await ada.start("");
    const kernel = await kernelOf(ada);
    await kernel.run(
      "import os; os.mkdir('paper'); open('paper/one.txt', 'w').write('first'); open('two.txt', 'w').write('second')",
    );
    kernel.close();
  });
  after(async () => {
    await guest?.down();
    rmSync(kept, { recursive: true });
    if (trusting === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = trusting;
  });

  test("the timer is set, and its service backs everything up while people work", async () => {
    assert.equal(await guest.sh(`stat -c '%U %a' ${FOLDER}`), "hublet 700\n");
    await lab.must(["shell", "--", "systemctl", "--user", "is-active", "hublet-backup.timer"]);
    await lab.must(["shell", "--", "systemctl", "--user", "start", "hublet-backup.service"]);
    assert.match(await lab.must(["logs", "backup"]), /The backup [0-9a-f-]+ is in \/srv\/backups\/hublet: 1 homes/);
    assert.match(await lab.must(["backup", "show", "latest"]), /^admin .* whole$/m);
    assert.match(await lab.must(["backup", "check", "--read-data"]), /is as it was written/);
    assert.match(await lab.must(["backup", "list", "--identity", IDENTITY]), / whole$/m);
  });

  test("a file and a home come back beside what is there, or to the host", async () => {
    const kernel = await kernelOf(ada);
    await kernel.run("import shutil; shutil.rmtree('paper'); open('two.txt', 'w').write('wrong')");
    await lab.must(["restore", "latest", "--file", "admin:paper/one.txt"]);
    assert.equal(
      await kernel.run("import glob; print(open(glob.glob('restored-*/paper/one.txt')[0]).read())"),
      "first",
    );
    await lab.must(["restore", "latest", "--file", "admin:two.txt", "--to", "/root/two.txt"]);
    assert.equal(await guest.sh("cat /root/two.txt; stat -c ' %U %a' /root/two.txt"), "second root 600\n");
    await kernel.run("[shutil.rmtree(each) for each in glob.glob('restored-*')]");
    await lab.must(["restore", "latest", "--user", "admin", "--identity", IDENTITY]);
    assert.equal(await kernel.run("print(open(glob.glob('restored-*/two.txt')[0]).read())"), "second");
    kernel.close();
    const { code, stderr } = await lab.hublet(["restore", "latest", "--user", "admin", "--replace", "--yes"]);
    assert.equal(code, 1);
    assert.match(stderr, /A server of admin runs/);
  });

  test("the database comes back while people's servers go on", async () => {
    const kernel = await kernelOf(ada);
    const before = await lab.containers();
    await lab.must(["user", "add", "late"]);
    await lab.must(["restore", "latest", "--database", "--yes"]);
    assert.doesNotMatch(await lab.must(["user", "list"]), /late/);
    assert.equal((await ada.open("/hub/home")).status, 200);
    assert.equal(await kernel.run("print(6 * 7)"), "42");
    kernel.close();
    const changed = (await lab.containers()).filter(({ started }) => !before.some((old) => old.started === started));
    assert.deepEqual(
      changed.map(({ name }) => name),
      ["hublet-hub"],
    );
  });

  test("a database move says how it is done here, and no key of anybody is in the journal", async () => {
    const { code, stderr } = await lab.hublet(["database", "move", "--to", "sqlite"]);
    assert.equal(code, 2);
    assert.match(stderr, /restore latest --database/);
    assert.equal(await guest.sh("journalctl --quiet | grep -c AGE-SECRET-KEY[-] || :"), "0\n");
  });

  test("a lost hub is there again on a new host by one command", async () => {
    await lab.must(["backup", "create"]);
    cpSync(join(guest.root, FOLDER), join(kept, "backups"), { recursive: true });
    const identity = readFileSync(join(guest.root, IDENTITY));
    await guest.down();
    guest = await bootGuest("found", ADDRESS, BINDS);
    lab = new Lab(guest);
    await guest.sh("mkdir -p /srv/backups");
    cpSync(join(kept, "backups"), join(guest.root, FOLDER), { recursive: true });
    await guest.sh("umask 077; cat > /root/key", { input: identity });

    const said = await lab.must(["restore", "latest", "--all", "--from", FOLDER, "--identity", "/root/key", "--yes"]);
    assert.match(said, /1 of 1 homes are as they were/);
    assert.equal((await ada.open("/hub/home")).status, 200, "the session of before is still good");
    await ada.start("");
    const kernel = await kernelOf(ada);
    assert.equal(await kernel.run("print(open('two.txt').read())"), "wrong");
    kernel.close();
    assert.equal(
      await guest.sh("ls /var/lib/hublet/state/secrets /var/lib/hublet-deploy/hublet | grep -E 'key|restore' || :"),
      "",
    );
    await guest.sh("rm /root/key");
    assert.match(await lab.must(["apply", "--yes"]), /Nothing to do/);
    await lab.must(["backup", "create"]);
    assert.match(await lab.must(["backup", "list"]), / found .* whole$/m);
  });
});

/** The first look at a server signs its person in there. */
async function kernelOf(person: Person): Promise<Kernel> {
  const prefix = `/user/${person.name}/`;
  assert.equal((await person.open(`${prefix}lab`)).status, 200);
  return person.kernel(prefix);
}
