/** The part of the contract about what is put into homes: what is missing comes, what is there stays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "tar-stream";
import { fetched, patience, type Subject, serving } from "./contract-support.ts";
import { emptyTar, type HomeSpec } from "./index.ts";

const TARGET = "/home/jovyan";

/** A tar of a small skeleton. */
async function* skeleton(): AsyncGenerator<Buffer> {
  const tar = pack();
  tar.entry({ name: "rc", mode: 0o640 }, "from the lab\n");
  tar.entry({ name: "mine", mode: 0o644 }, "from the lab\n");
  tar.entry({ name: "linked", mode: 0o755, type: "directory" });
  tar.entry({ name: "linked/planted", mode: 0o644 }, "from the lab\n");
  tar.entry({ name: ".config", mode: 0o755, type: "directory" });
  tar.entry({ name: ".config/a b", mode: 0o755 }, "from the lab\n");
  tar.entry({ name: ".config/..odd", type: "symlink", linkname: "/data/lab" });
  tar.finalize();
  for await (const bytes of tar) yield bytes as Buffer;
}

/** @param owner of what a server makes */
export function fillContract(subject: () => Subject, owner: { readonly uid: number; readonly gid: number }): void {
  test("a home gets what it has not; what is there stays, links are not followed, `.no-skeleton` keeps it out", async () => {
    const { driver } = subject();
    const home = await homeWith(
      subject(),
      "mkdir -p .config real; echo mine > mine; ln -s real linked; ln -s nowhere rc",
    );
    assert.equal(await driver.fillHome(home, skeleton(), { signal: patience() }), "filled");
    const list =
      "find . | sort; cat mine; cat '.config/a b'; for link in rc linked .config/..odd; do busybox readlink $link; done; stat -c '%a %u:%g' '.config/a b'";
    const seen = (await said(subject(), home, list)).split("\n");
    for (const name of ["./.config/a b", "./.config/..odd", "./real", "./linked", "./mine"])
      assert.ok(seen.includes(name), name);
    assert.ok(!seen.some((line) => /planted|hublet-skeleton/.test(line)), seen.join("\n"));
    const rest = ["mine", "from the lab", "nowhere", "real", "/data/lab", `755 ${owner.uid}:${owner.gid}`, ""];
    assert.deepEqual(seen.slice(-rest.length), rest);
    await said(subject(), home, "rm mine; : > .no-skeleton");
    assert.equal(await driver.fillHome(home, skeleton(), { signal: patience() }), "declined");
    assert.doesNotMatch(await said(subject(), home, "ls"), /mine/);
  });

  test("a tar that breaks off puts nothing there", async () => {
    const home = await homeWith(subject(), "echo mine > mine");
    const breaking = (async function* () {
      for await (const bytes of skeleton()) {
        yield bytes.subarray(0, 700);
        throw new Error("the share went away");
      }
    })();
    await assert.rejects(subject().driver.fillHome(home, breaking, { signal: patience() }));
    assert.doesNotMatch(await said(subject(), home, "find ."), /rc|skeleton|linked/);
    assert.equal(await subject().driver.fillHome(home, skeleton(), { signal: patience() }), "filled");
  });
}

/** What only engines can tell. */
export function engineFillContract(subject: () => Subject): void {
  test("an empty volume gets the image's own files, and then those of the server's user", async () => {
    const { driver, volume, spec } = subject();
    const source = volume();
    await driver.ensureVolume(source, {});
    const { image, labels, name } = await spec("");
    const home = { kind: "volume", source, target: TARGET, readOnly: false } as const;
    await driver.fillHome({ name, image, labels, home }, emptyTar(), { signal: patience() });
    await driver.ownVolume(source, { uid: 2001, gid: 2002 });
    const mine = { name, image, labels, home, user: "2001:2002", groups: [3000] };
    assert.equal(await driver.fillHome(mine, skeleton(), { signal: patience() }), "filled");
    const list = await said(subject(), mine, "stat -c '%u:%g %n' . .profile sub rc .config; id");
    assert.match(list, /^2001:2002 \.\n2001:2002 \.profile\n2001:2002 sub\n2001:2002 rc\n2001:2002 \.config\n/);
    assert.match(list, /groups=.*\b3000\b/);
  });
}

async function homeWith(subject: Subject, script: string): Promise<HomeSpec> {
  const source = subject.volume();
  await subject.driver.ensureVolume(source, {});
  const { image, labels, name } = await subject.spec("");
  const spec = { name, image, labels, home: { kind: "volume", source, target: TARGET, readOnly: false } } as const;
  await said(subject, spec, script);
  return spec;
}

/** What a script in the home says, run as its server. */
async function said({ driver, spec }: Subject, { home, user, groups }: HomeSpec, script: string): Promise<string> {
  const changes = {
    mounts: [home],
    ...(user === undefined ? {} : { user }),
    ...(groups === undefined ? {} : { groups }),
  };
  const launch = await spec(serving(`(cd "$HOME" && { ${script}; } > "$WWW/list" 2>&1)`), changes);
  const { url } = await driver.start(launch, { signal: patience() });
  const text = await fetched(`${url}/list`);
  await driver.stop(launch.name, { graceSeconds: 5 });
  return text;
}
