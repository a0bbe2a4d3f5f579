/** What others could make of a name at a provider. Named after the attacks. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { changeUser } from "../../store/index.ts";
import { GITHUB, github, peopleHub, refusal } from "../people.fixture.ts";

const named = (users: string, more = "") =>
  `${more}\nsignIn: {github: {clientId: id, clientSecret: {secret: github}, allow: {users: [${users}], organizations: [lab]}}}`;

forEachDatabase("names at providers", (open) => {
  describe("login squatting", () => {
    test("the first admin, who has not chosen a password yet, is not taken over by a login of that name", async (t) => {
      const { people } = await peopleHub(t, open, GITHUB);
      await people.add(["admin"], { admin: true });
      const intruder = await people.admit(github(666, "admin", ["lab"]));
      assert.deepEqual([intruder.name, intruder.admin], ["admin-2", false]);
      assert.deepEqual(await people.identitiesOf("admin"), []);
    });

    test("nor is anybody whom an admin added, with a password or without", async (t) => {
      const { people, store } = await peopleHub(t, open, named("carol"));
      const { added } = await people.add(["alice", "carol"]);
      await changeUser(store.db, added[1]?.id ?? 0, { password_hash: "hash" });
      assert.equal((await people.admit(github(1, "alice", ["lab"]))).name, "alice-2");
      // A rule names carol; but carol has a password, so the two are not known to be one.
      assert.equal((await people.admit(github(2, "carol"))).name, "carol-2");
      assert.equal((await people.admit(github(3, "alice-2", ["lab"]))).name, "alice-2-2");
    });

    test("a person whom a rule names by this login is theirs", async (t) => {
      const { people } = await peopleHub(t, open, named("dave", "people: {names: [alice]}"));
      await people.add(["dave"]);
      const [dave, alice] = [await people.require("dave"), await people.require("alice")];
      assert.equal((await people.admit(github(1, "Dave"))).id, dave.id);
      assert.equal((await people.admit(github(2, "Alice"))).id, alice.id);
    });

    test("a number behind a name never makes a name that rules mean for somebody", async (t) => {
      const yaml = named("", "people: {admins: [alice-2]}\ngroups: {staff: {members: {names: [alice-3]}}}");
      const { people } = await peopleHub(t, open, yaml);
      await people.add(["alice"]);
      const person = await people.admit(github(1, "alice", ["lab"]));
      assert.deepEqual([person.name, person.admin], ["alice-4", false]);
      assert.deepEqual(people.groupsOf(person.name), []);
    });

    test("a login of another provider is somebody else", async (t) => {
      const yaml = `${GITHUB}  oidc: {uni: {issuer: https://i.example, clientId: id, allow: {everyone: true}}}\npeople: {admins: [alice]}`;
      const { people } = await peopleHub(t, open, yaml);
      const uni = {
        ...{ provider: "oidc:uni", issuer: "https://i.example/", subject: "abc", login: "alice" },
        ...{ email: null, groups: [], credential: null },
      };
      assert.deepEqual([(await people.admit(uni)).name, (await people.require("alice")).admin], ["alice", true]);
      await refusal(people.admit(github(1, "alice")));
      const member = await people.admit(github(1, "alice", ["lab"]));
      assert.deepEqual([member.name, member.admin], ["alice-2", false]);
    });
  });

  describe("renamed login", () => {
    test("is the same person with the same name here, and what rules say of the old login goes on", async (t) => {
      const { people, restarted, identityId } = await peopleHub(t, open, named("octocat"));
      const before = await people.admit(github(1, "octocat"));
      const after = await people.admit(github(1, "octodog"));
      assert.deepEqual([after.id, after.name], [before.id, "octocat"]);
      assert.equal((await people.identitiesOf("octocat"))[0]?.login, "octodog");
      await people.refreshed(await identityId("octocat"), { kind: "proof", proof: github(1, "octofish") });
      assert.equal((await (await restarted()).require("octocat")).suspended, null);
    });

    test("does not become somebody whom the new login names", async (t) => {
      const { people } = await peopleHub(t, open, named("octocat", "people: {admins: [boss]}"));
      await people.admit(github(1, "octocat"));
      const renamed = await people.admit(github(1, "boss"));
      assert.deepEqual([renamed.name, renamed.admin], ["octocat", false]);
    });
  });

  describe("re-registered login", () => {
    test("is another person, whom a rule naming the login does not mean", async (t) => {
      const { people, restarted } = await peopleHub(t, open, named("octocat"));
      const first = await people.admit(github(1, "octocat"));
      await people.admit(github(1, "octodog"));
      const refused = await refusal(people.admit(github(2, "octocat")));
      assert.match(refused.detail ?? "", /was another account's before \(this is id:2\)/);
      // Also after a restart, and with the organisation's word only as another person.
      const again = await restarted();
      await refusal(again.admit(github(2, "octocat")));
      const second = await again.admit(github(2, "octocat", ["lab"]));
      assert.notEqual(second.id, first.id);
      assert.equal(second.name, "octocat-2");
    });

    test("gets nothing of it when the first owner never told of the new name", async (t) => {
      const { people } = await peopleHub(t, open, named("octocat"));
      await people.admit(github(1, "octocat"));
      await refusal(people.admit(github(2, "octocat")));
      assert.equal((await people.admit(github(1, "octocat"))).name, "octocat");
    });

    test("does not become a removed person again", async (t) => {
      const { people } = await peopleHub(t, open, named("octocat", "groups: {staff: {members: {names: [member]}}}"));
      await people.admit(github(1, "octocat"));
      await people.remove("octocat");
      await refusal(people.admit(github(2, "octocat")));
      assert.equal((await people.admit(github(1, "octocat"))).name, "octocat");
      // Nor somebody whom only a group names.
      await people.admit(github(3, "member", ["lab"]));
      assert.deepEqual(people.groupsOf((await people.require("member")).name), ["staff"]);
      await people.remove("member");
      const other = await people.admit(github(4, "member", ["lab"]));
      assert.deepEqual([other.name, people.groupsOf(other.name)], ["member-2", []]);
    });

    test("does not become a declared person whose row was made anew", async (t) => {
      const yaml = named("", "people: {admins: [boss]}");
      const { people, configure } = await peopleHub(t, open, yaml);
      assert.equal((await people.admit(github(1, "boss"))).admin, true);
      await configure(named(""));
      await people.remove("boss");
      await configure(yaml);
      await refusal(people.admit(github(2, "boss")));
      const member = await people.admit(github(2, "boss", ["lab"]));
      assert.deepEqual([member.name, member.admin], ["boss-2", false]);
      assert.equal((await people.admit(github(1, "boss"))).name, "boss");
    });

    test("of two accounts seen with a login, a rule written later means the one seen later", async (t) => {
      const { people, clock, configure } = await peopleHub(t, open, named(""));
      await people.admit(github(1, "octocat", ["lab"]));
      clock.pass(1000);
      const second = await people.admit(github(2, "octocat", ["lab"]));
      assert.equal(second.name, "octocat-2");
      await configure(named("").replace("allow:", "admins: {users: [octocat]}, allow:"));
      assert.equal((await people.require("octocat-2")).admin, true);
      assert.equal((await people.require("octocat")).admin, false);
    });

    test("means the new account once an admin says so: by number, or by forgetting the old one", async (t) => {
      const { people, configure } = await peopleHub(t, open, named("octocat"));
      await people.admit(github(1, "octocat"));
      await configure(named("octocat, 'id:2'"));
      assert.equal((await people.admit(github(2, "octocat"))).name, "octocat-2");
      await people.forgetIdentity("octocat-2", "github");
      await people.forgetIdentity("octocat", "github");
      await configure(named("octocat"));
      const third = await people.admit(github(3, "octocat"));
      assert.equal(third.name, "octocat");
      await assert.rejects(people.forgetIdentity("octocat", "oidc:x"), { code: "not-found" });
    });
  });

  describe("look-alikes", () => {
    const yaml =
      "people: {admins: [admin]}\nsignIn: {oidc: {x: {issuer: https://i.example, clientId: id, allow: {everyone: true}, admins: {users: [kim]}}}}";
    const proof = (login: string) => ({
      provider: "oidc:x",
      issuer: "https://i.example/",
      subject: login,
      login,
      email: null,
      groups: [],
      credential: null,
    });

    test("a name with a Cyrillic letter is nobody's, and never an admin", async (t) => {
      const { people } = await peopleHub(t, open, yaml);
      await refusal(people.admit(proof("\u0430dmin")));
      await assert.rejects(people.add(["\u0430dmin"]), { code: "name-invalid" });
      // All of one alphabet it is a name of its own.
      const person = await people.admit(proof("\u0430\u0441\u0435"));
      assert.deepEqual([person.name, person.admin], ["\u0430\u0441\u0435", false]);
    });

    test("other forms of the letters are not the login that a rule names", async (t) => {
      const { people } = await peopleHub(t, open, yaml);
      for (const login of ["ａdmin", "\u212aim", "ⓚim", "𝐤im"]) await refusal(people.admit(proof(login)));
      assert.equal((await people.admit(proof("KIM"))).admin, true);
      assert.equal(await people.count(), 2);
    });
  });
});
