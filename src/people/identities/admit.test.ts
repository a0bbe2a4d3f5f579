import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { GITHUB, github, peopleHub, refusal } from "../people.fixture.ts";

const OIDC = `
signIn:
  oidc:
    uni:
      title: University
      issuer: https://idp.example.org
      clientId: id
      allow: {users: [Vera], groups: [Physics], domains: ["lab.example.org"]}
      admins: {users: [root], groups: [Operators]}
  header:
    user: X-Remote-User
    groups: X-Remote-Groups
    from: [127.0.0.1]
    allow: {groups: [staff]}
`;

forEachDatabase("letting in by a provider's word", (open) => {
  describe("GitHub", () => {
    test("nobody is let in unless a rule says so, and nothing is left of who is not", async (t) => {
      const hub = await peopleHub(t, open, "signIn: {github: {clientId: id, clientSecret: {secret: github}}}");
      const error = await refusal(hub.people.admit(github(1, "octocat", ["lab", "lab:staff"])));
      assert.match(error.message, /octocat.*does not let you in.*people whom an admin has named.*Ask an admin/);
      assert.equal(await hub.people.count(), 0);
      assert.deepEqual(await hub.store.db.selectFrom("identities").selectAll().execute(), []);
      assert.deepEqual(await hub.store.db.selectFrom("bound_logins").selectAll().execute(), []);
    });

    test("a member of an organisation is let in, a member of its team is an admin", async (t) => {
      const { people } = await peopleHub(t, open, GITHUB);
      const member = await people.admit(github(1, "Octocat", ["lab"]));
      assert.deepEqual([member.name, member.admin, member.byHand, member.suspended], ["octocat", false, false, null]);
      const guest = await people.admit(github(2, "guest", ["other", "other:guests"]));
      assert.equal(guest.admin, false);
      const admin = await people.admit(github(3, "boss", ["LAB:Staff"]));
      assert.deepEqual([admin.name, admin.admin], ["boss", true]);
      assert.deepEqual((await people.identitiesOf("boss"))[0]?.groups, ["LAB:Staff"]);
    });

    test("who is refused reads what would let them in, and admins read which rules were looked at", async (t) => {
      const { people } = await peopleHub(t, open, GITHUB);
      const error = await refusal(people.admit(github(7, "stranger", ["other", "elsewhere:x"])));
      assert.match(error.message, /members of lab or other:guests or lab:staff/);
      assert.match(error.message, /approves the app/);
      assert.doesNotMatch(error.message, /hublet\.yaml|signIn\.|elsewhere/);
      assert.match(error.detail ?? "", /signIn\.github\.allow\.users does not name stranger \(id:7\)/);
      assert.match(
        error.detail ?? "",
        /allow\.organizations lets in lab, other:guests; GitHub says: member of other, elsewhere:x \(hublet\.yaml:7:\d+\)/,
      );
      assert.match(error.detail ?? "", /people\.admins names “stranger”/);
    });

    test("logins are named in any case, and accounts by number", async (t) => {
      const yaml = (rule: string) => `signIn: {github: {clientId: id, clientSecret: {secret: github}, ${rule}}}`;
      const { people, configure } = await peopleHub(t, open, yaml("allow: {users: [OctoCat, 'id:583']}"));
      assert.equal((await people.admit(github(1, "octoCAT"))).name, "octocat");
      assert.equal((await people.admit(github(583, "whoever"))).name, "whoever");
      await refusal(people.admit(github(584, "nobody")));
      // An admin there may enter without being listed twice.
      await configure(yaml("admins: {users: ['id:583', nobody]}"));
      assert.equal((await people.admit(github(583, "whoever"))).admin, true);
      assert.equal((await people.admit(github(584, "nobody"))).admin, true);
      assert.match((await people.require("octocat")).suspended ?? "", /No rule lets in any more what GitHub says/);
    });

    test("everybody, when the configuration says so", async (t) => {
      const yaml = "signIn: {github: {clientId: id, clientSecret: {secret: github}, allow: {everyone: true}}}";
      const { people } = await peopleHub(t, open, yaml);
      assert.equal((await people.admit(github(9, "anybody"))).name, "anybody");
    });

    test("a name that cannot be used here is refused with words", async (t) => {
      const yaml = "signIn: {oidc: {x: {issuer: https://i.example, clientId: id, allow: {everyone: true}}}}";
      const { people } = await peopleHub(t, open, yaml);
      for (const login of ["a/b", "", "x".repeat(80), "zero\u200bwidth"]) {
        const proof = { ...github(1, login), provider: "oidc:x", issuer: "https://i.example/" };
        assert.match((await refusal(people.admit(proof))).message, /cannot be used on this hub/);
      }
      assert.equal(await people.count(), 0);
    });

    test("a provider that the configuration does not know any more lets nobody in", async (t) => {
      const { people, configure } = await peopleHub(t, open, GITHUB);
      await people.admit(github(1, "octocat", ["lab"]));
      await configure("");
      await refusal(people.admit(github(1, "octocat", ["lab"])));
      assert.notEqual((await people.require("octocat")).suspended, null);
    });
  });

  test("OpenID: by name, group and confirmed address; groups are taken as they are written", async (t) => {
    const { people } = await peopleHub(t, open, OIDC);
    const proof = (login: string, more: object = {}) => ({
      provider: "oidc:uni",
      issuer: "https://idp.example.org/",
      subject: `sub-${login}`,
      login,
      email: null,
      groups: [],
      credential: null,
      ...more,
    });
    assert.equal((await people.admit(proof("vera"))).name, "vera");
    assert.equal((await people.admit(proof("phil", { groups: ["Physics"] }))).name, "phil");
    await refusal(people.admit(proof("other", { groups: ["physics"] })));
    assert.equal((await people.admit(proof("dora", { email: "Dora@LAB.example.org" }))).name, "dora");
    const elsewhere = await refusal(people.admit(proof("eve", { email: "eve@evil-lab.example.org" })));
    assert.match(elsewhere.message, /a confirmed e-mail address at lab\.example\.org/);
    await refusal(people.admit(proof("mallory", { email: "x@lab.example.org@evil.org" })));
    assert.equal((await people.admit(proof("olga", { groups: ["Operators"] }))).admin, true);
    assert.equal((await people.admit(proof("root"))).admin, true);
  });

  test("header: by group; another provider's group of the same name does not count", async (t) => {
    const { people } = await peopleHub(t, open, OIDC);
    const proof = { subject: "hanna", login: "hanna", email: null, credential: null };
    await refusal(people.admit({ ...proof, provider: "header", issuer: "", groups: ["Physics"] }));
    await refusal(
      people.admit({ ...proof, provider: "oidc:uni", issuer: "https://idp.example.org/", groups: ["staff"] }),
    );
    assert.equal((await people.admit({ ...proof, provider: "header", issuer: "", groups: ["staff"] })).name, "hanna");
  });

  test("two who come at the same moment become two people, and one who comes twice becomes one", async (t) => {
    const { people } = await peopleHub(t, open, GITHUB);
    const proofs = [1, 2, 1, 3, 2, 1].map((id) => people.admit(github(id, `User-${id}`, ["lab"])));
    const admitted = await Promise.all(proofs);
    assert.deepEqual(new Set(admitted.map((person) => person.name as string)), new Set(["user-1", "user-2", "user-3"]));
    assert.equal(await people.count(), 3);
  });
});
