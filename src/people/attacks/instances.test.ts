/** What others could make of an id or a login at another instance of a provider. Named after the attacks. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { github, peopleHub, refusal } from "../people.fixture.ts";

const ENTERPRISE = "https://git.example.org";

const at = (url: string, rules = "allow: {organizations: [lab]}, admins: {organizations: ['lab:staff']}", more = "") =>
  `${more}\nsignIn: {github: {url: "${url}", clientId: id, clientSecret: {secret: github}, ${rules}}}
groups: {staff: {members: {github: ["lab:staff"]}}}`;
const COM = at("https://github.com");
const OWN = at(ENTERPRISE);
const enterprise = (...about: Parameters<typeof github>) => ({ ...github(...about), issuer: ENTERPRISE });

const oidc = (issuer: string) =>
  `signIn: {oidc: {uni: {issuer: "${issuer}", clientId: id, allow: {groups: [lab]}, admins: {users: [root]}}}}`;
const uni = (issuer: string, subject: string, login: string, groups: readonly string[] = []) => ({
  ...{ provider: "oidc:uni", issuer, subject, login, email: null, groups, credential: "sealed" },
});

forEachDatabase("instances of providers", (open) => {
  describe("takeover by an equal id", () => {
    test("who has an admin's number at the new GitHub is somebody else", async (t) => {
      const { people, configure } = await peopleHub(t, open, COM);
      const owner = await people.admit(github(1, "boss", ["lab", "lab:staff"]));
      assert.equal(owner.admin, true);
      await configure(OWN);
      await refusal(people.admit(enterprise(1, "boss")));
      const other = await people.admit(enterprise(1, "boss", ["lab"]));
      assert.deepEqual([other.name, other.admin, other.id === owner.id], ["boss-2", false, false]);
      // With the old address back, the old identity counts again, and the other one not.
      await configure(COM);
      assert.equal((await people.admit(github(1, "boss", ["lab"]))).id, owner.id);
      assert.notEqual((await people.require("boss-2")).suspended, null);
    });

    test("who has an admin's subject at the new issuer is somebody else", async (t) => {
      const [old, next] = ["https://old.example.org/realms/a", "https://old.example.org/realms/b"];
      const { people, configure } = await peopleHub(t, open, oidc(old));
      const owner = await people.admit(uni(old, "sub-1", "root"));
      assert.equal(owner.admin, true);
      await configure(oidc(next));
      assert.notEqual((await people.require("root")).suspended, null);
      await refusal(people.admit(uni(next, "sub-1", "mallory")));
      const other = await people.admit(uni(next, "sub-1", "mallory", ["lab"]));
      assert.deepEqual([other.name, other.admin], ["mallory", false]);
      // The rule names whoever has the login at this issuer; what the old person has is not theirs.
      assert.equal((await people.admit(uni(next, "sub-2", "root"))).name, "root-2");
      await configure(oidc("https://gone.example.org"));
      await refusal(people.admit(uni(next, "sub-1", "mallory", ["lab"])));
    });

    test("an address that is only written otherwise is the same one", async (t) => {
      const { people, configure } = await peopleHub(t, open, COM);
      const owner = await people.admit(github(1, "anna", ["lab"]));
      await configure(at("https://GitHub.com:443/"));
      assert.equal((await people.admit(github(1, "anna", ["lab"]))).id, owner.id);
    });
  });

  describe("takeover by an equal login", () => {
    test("a name that the configuration lists does not give away who came by the old instance", async (t) => {
      const listed = (url: string) =>
        at(url, "allow: {users: [alice], organizations: [lab]}", "people: {admins: [alice]}");
      const { people, configure, restarted } = await peopleHub(t, open, listed("https://github.com"));
      const owner = await people.admit(github(1, "alice"));
      assert.equal(owner.admin, true);
      await configure(listed(ENTERPRISE));
      const other = await people.admit(enterprise(1, "alice"));
      assert.deepEqual([other.name, other.admin], ["alice-2", false]);
      assert.equal((await (await restarted()).admit(enterprise(1, "alice"))).id, other.id);
      // Once an admin says that they are one, they are.
      await people.forgetIdentity("alice-2", "github");
      await people.forgetIdentity("alice", "github");
      assert.equal((await people.admit(enterprise(1, "alice"))).id, owner.id);
    });

    test("a login bound at the old instance keeps nobody from it at the new one", async (t) => {
      const { people, configure } = await peopleHub(t, open, at("https://github.com", "allow: {users: [octocat]}"));
      await people.admit(github(1, "octocat"));
      await people.remove("octocat");
      await refusal(people.admit(github(2, "octocat")));
      await configure(at(ENTERPRISE, "allow: {users: [octocat]}"));
      assert.equal((await people.admit(enterprise(2, "octocat"))).name, "octocat");
      await refusal(people.admit(enterprise(3, "octocat")));
    });
  });

  test("answers of the old instance that come after the swap let nobody in and change nothing", async (t) => {
    const { people, configure, swap, identityId } = await peopleHub(t, open, COM);
    const error = await refusal(people.admit(enterprise(1, "early", ["lab"])));
    assert.match(`${error.message} ${error.detail}`, /was changed here.*of https:\/\/git\.example\.org/);
    await people.admit(github(1, "anna", ["lab"]));
    const id = await identityId("anna");
    swap(OWN);
    await refusal(people.admit(github(1, "anna", ["lab"])));
    await people.refreshed(id, { kind: "proof", proof: enterprise(1, "mallory", ["lab", "lab:staff"]) });
    await people.refreshed(id, { kind: "proof", proof: github(1, "anna", ["lab", "lab:staff"]) });
    await people.refreshed(id, { kind: "revoked", why: "unknown token" });
    await configure(COM);
    const [identity] = await people.identitiesOf("anna");
    assert.deepEqual([identity?.login, identity?.groups, identity?.problem], ["anna", ["lab"], null]);
    // An answer of another instance is not about this account, even when the old address is back.
    await people.refreshed(id, { kind: "proof", proof: enterprise(1, "mallory", ["lab", "lab:staff"]) });
    assert.deepEqual((await people.identitiesOf("anna"))[0]?.groups, []);
    assert.equal((await people.require("anna")).admin, false);
  });

  test("what the old instance said counts for nothing: no way in, no groups, no look-up, and words about it", async (t) => {
    const { people, configure, browse, browsers, clock } = await peopleHub(t, open, COM);
    const person = await people.admit(github(1, "anna", ["lab", "lab:staff"]));
    await people.add(["keeper"], { admin: true });
    await browse("anna");
    const later = new Date(clock.now() + 1000).toISOString();
    assert.deepEqual(
      (await people.dueIdentities(later, 9)).map(({ issuer }) => issuer),
      ["https://github.com"],
    );
    await configure(OWN);
    assert.equal(await browsers("anna"), 0);
    assert.deepEqual(people.groupsOf(person.name), []);
    assert.match(
      people.suspendedOf(person.name) ?? "",
      /signed in with another GitHub than the one of the configuration/,
    );
    // Also of somebody who may go on, since an admin says so.
    await people.setByHand("anna", true);
    await browse("anna");
    assert.deepEqual([(await people.require("anna")).admin, people.groupsOf(person.name)], [false, []]);
    assert.deepEqual(await people.dueIdentities(later, 9), []);
    await people.setByHand("anna", false);

    const told = await people.explain("anna");
    assert.equal(told.enter.allowed, false);
    const [moved] = told.enter.because.filter(({ text }) => /counts for nothing\.$/.test(text));
    assert.match(
      moved?.text ?? "",
      /“anna” is of https:\/\/github\.com, and the configuration names https:\/\/git\.example\.org now \(signIn\.github\.url\)/,
    );
    assert.match(moved?.place ?? "", /^hublet\.yaml:2:/);
    assert.equal(told.identities[0]?.issuer, "https://github.com");
    assert.match(told.identities[0]?.problem ?? "", /counts for nothing/);
  });
});
