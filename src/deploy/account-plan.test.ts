import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HubError } from "../kernel/index.ts";
import type { AccountFiles, AccountWish } from "./account-plan.ts";
import { planAccount } from "./account-plan.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
ada:x:1000:1000:Ada:/home/ada:/bin/bash
`;
const ADOPTED = "jupyterhub:x:978:978::/var/lib/jupyterhub:/bin/false\n";

function files(changes: Partial<AccountFiles> = {}): AccountFiles {
  return {
    passwd: PASSWD,
    group: "root:x:0:\nada:x:1000:\n",
    subuid: "ada:100000:65536\n",
    subgid: "ada:100000:65536\n",
    ...changes,
  };
}

function wish(changes: Partial<AccountWish> = {}): AccountWish {
  return { name: "hublet", currentUid: 0, ...changes };
}

describe("the plan of the service account", () => {
  it("creates it without a shell to sign in to, and gives it ranges after everybody else's", () => {
    const plan = planAccount(files(), wish());
    assert.equal(plan.home, "/var/lib/hublet");
    assert.deepEqual(plan.commands, [
      [
        ...["useradd", "--system", "--user-group", "--home-dir", "/var/lib/hublet", "--create-home"],
        ...["--shell", "/usr/sbin/nologin", "--comment", "Hublet notebook hub", "hublet"],
      ],
      ["usermod", "--add-subuids", "165536-1214111", "--add-subgids", "165536-1214111", "hublet"],
    ]);
  });

  it("adopts an existing account with its uid, home and a range that is wide enough", () => {
    const plan = planAccount(
      files({ passwd: PASSWD + ADOPTED, subuid: "jupyterhub:200000:65536", subgid: "978:200000:65536" }),
      wish({ name: "jupyterhub" }),
    );
    assert.deepEqual(plan, { home: "/var/lib/jupyterhub", create: false, commands: [], notes: [] });
  });

  it("adds only the range that is missing", () => {
    const plan = planAccount(
      files({ passwd: PASSWD + ADOPTED, subuid: "jupyterhub:200000:65536", subgid: "" }),
      wish({ name: "jupyterhub" }),
    );
    assert.deepEqual(plan.commands, [["usermod", "--add-subgids", "265536-1314111", "jupyterhub"]]);
  });

  it("says when a range that it adopts lies inside another's", () => {
    const plan = planAccount(
      files({
        passwd: PASSWD + ADOPTED,
        subuid: "ada:100000:65536\njupyterhub:150000:65536",
        subgid: "jupyterhub:300000:65536",
      }),
      wish({ name: "jupyterhub" }),
    );
    assert.equal(plan.commands.length, 0);
    assert.match(plan.notes.join(), /subuids 150000–215535 of jupyterhub overlap those of ada/);
  });

  it("takes over a home folder that an earlier account of the name left, and a group", () => {
    const plan = planAccount(files({ group: "hublet:x:990:\n" }), wish({ homeOwner: 991 }));
    assert.deepEqual(plan.commands[0]?.slice(0, 6), ["useradd", "--system", "--uid", "991", "--gid", "hublet"]);
    const taken = planAccount(files(), wish({ homeOwner: 1000 }));
    assert.ok(!taken.commands[0]?.includes("--uid"), "the uid belongs to someone else now");
  });

  it("refuses root, a person's account, and another service's", () => {
    for (const [name, why] of [
      ["root", /is root/],
      ["ada", /belongs to a person/],
      ["www-data", /another service/],
    ] as const) {
      assert.throws(
        () => planAccount(files(), wish({ name })),
        (error: unknown) => {
          assert.ok(error instanceof HubError);
          assert.equal(error.code, "account-unusable");
          assert.match(error.message, why);
          return true;
        },
      );
    }
  });

  it("lets a person use their own account", () => {
    assert.deepEqual(planAccount(files(), wish({ name: "ada", currentUid: 1000 })).commands, []);
  });

  it("refuses a name that useradd or a shell would stumble over", () => {
    for (const name of ["", "-r", "a b", "Ada", "a:b", "x".repeat(40)])
      assert.throws(() => planAccount(files(), wish({ name })), HubError);
  });
});
