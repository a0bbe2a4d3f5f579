import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { GITHUB, github, peopleHub } from "./people.fixture.ts";

const YAML = `${GITHUB}
people: {names: [anna], admins: [boss]}
groups:
  staff: {members: {github: ["lab:staff"]}, memory: 4G}
  all: {members: {everyone: true}}
`;

forEachDatabase("explaining", (open) => {
  test("why somebody may enter, is an admin and is in a group, with the rules' lines", async (t) => {
    const { people } = await peopleHub(t, open, YAML);
    await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    const told = await people.explain("OctoCat");
    assert.deepEqual(told.enter, {
      allowed: true,
      because: [
        {
          text: "Members of lab at GitHub may enter: signIn.github.allow.organizations says so.",
          place: "hublet.yaml:7:23",
        },
        {
          text: "Members of lab:staff at GitHub are admins: signIn.github.admins.organizations says so.",
          place: "hublet.yaml:9:23",
        },
      ],
    });
    assert.deepEqual([told.admin.admin, told.admin.byHand, told.admin.because.length], [true, false, 1]);
    assert.deepEqual(
      told.groups.map(({ name, byHand, because }) => [name, byHand, because.map(({ place }) => place)]),
      [
        ["all", false, ["hublet.yaml:14:29"]],
        ["staff", false, ["hublet.yaml:13:30"]],
      ],
    );
    assert.equal(told.policy.memory.from, "groups.staff.memory");
    assert.equal(told.identities[0]?.login, "octocat");
  });

  test("why somebody may not, with each rule that was looked at", async (t) => {
    const { people, identityId } = await peopleHub(t, open, YAML);
    await people.admit(github(1, "octocat", ["lab"]));
    await people.refreshed(await identityId("octocat"), { kind: "proof", proof: github(1, "octocat", ["away"]) });
    const told = await people.explain("octocat");
    assert.equal(told.enter.allowed, false);
    const text = told.enter.because.map((reason) => reason.text).join("\n");
    assert.match(text, /No rule lets in any more what GitHub says/);
    assert.match(text, /None of people\.names, people\.admins names “octocat”/);
    assert.match(text, /organizations lets in lab, other:guests; GitHub says: member of away/);
    assert.deepEqual(told.admin.because, [
      { text: "Nobody made this person an admin, and no rule does.", place: null },
    ]);
  });

  test("names that nobody has, by the rules alone", async (t) => {
    const { people, configure } = await peopleHub(t, open, YAML);
    const stranger = await people.explain("stranger");
    assert.deepEqual([stranger.exists, stranger.enter.allowed, stranger.admin.admin], [false, false, false]);
    assert.deepEqual(
      stranger.groups.map((group) => group.name),
      ["all"],
    );
    assert.match(
      stranger.enter.because.map(({ text }) => text).join(" "),
      /Nobody of this name has signed in with GitHub/,
    );
    await configure(YAML.replace("allow:", "allow:\n      users: [stranger]"));
    const listed = await people.explain("stranger");
    assert.equal(listed.enter.allowed, true);
    assert.match(listed.enter.because[0]?.text ?? "", /“stranger” of GitHub may enter/);
    await assert.rejects(people.explain("a/b"), { code: "name-invalid" });
  });

  test("somebody whom the configuration names, or an admin added", async (t) => {
    const { people } = await peopleHub(t, open, YAML);
    const boss = await people.explain("boss");
    assert.deepEqual(boss.enter.because, [{ text: "people.admins names “boss”.", place: "hublet.yaml:11:34" }]);
    assert.deepEqual(boss.admin.because, [
      { text: "people.admins names “boss” as an admin.", place: "hublet.yaml:11:34" },
    ]);
    await people.add(["carol"], { admin: true });
    const carol = await people.explain("carol");
    assert.deepEqual(carol.enter.because, [{ text: "An admin added this person.", place: null }]);
    assert.deepEqual([carol.admin.byHand, carol.admin.because[0]?.text], [true, "An admin made this person an admin."]);
  });
});
