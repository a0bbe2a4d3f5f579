import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { test } from "node:test";
import { sql } from "kysely";
import { forEachDatabase } from "../../test/support/databases.ts";
import { heldClock } from "../../test/support/held-clock.ts";
import { snapshotFromText } from "../config/index.ts";
import { isoTime } from "../kernel/index.ts";
import { createPeople, type PeopleQuery } from "./index.ts";
import { github, peopleHub } from "./people.fixture.ts";

/**
 * Milliseconds for one page. A quiet machine needs less than 15; without an index it is seconds. The test takes the
 * best of several, and leaves room for a machine that runs other tests beside it.
 */
const BUDGET = 60;

forEachDatabase("a list of ten thousand people", (open, { kind }) => {
  test("is quick in every state and order", async (t) => {
    const store = await open(t);
    const clock = heldClock();
    const snapshot = snapshotFromText("");
    const people = createPeople({ store, clock, snapshot: () => snapshot });
    const { added } = await people.add(Array.from({ length: 10_000 }, (_, i) => `student-${(i * 7919) % 10_000}`));
    const servers = added.map((person, i) => ({
      user_id: person.id,
      name: "",
      display_name: "",
      state: i % 10 === 0 ? "ready" : "stopped",
      state_since: isoTime(clock.now()),
      user_options: "{}",
      generation: 1,
    }));
    for (let start = 0; start < servers.length; start += 1000) {
      await store.db
        .insertInto("servers")
        .values(servers.slice(start, start + 1000))
        .execute();
    }
    await store.db
      .updateTable("users")
      .set({ last_activity: isoTime(clock.now()) })
      .where(
        "id",
        "in",
        added.slice(0, 5000).map((person) => person.id),
      )
      .execute();
    if (kind === "postgres") await sql`analyze`.execute(store.db);

    const queries: PeopleQuery[] = [
      {},
      { sort: "-last_activity" },
      { sort: "last_activity", offset: 9900 },
      { sort: "-name", offset: 5000, limit: 200 },
      { state: "active" },
      { state: "active", sort: "-last_activity", limit: 200 },
      { state: "inactive", offset: 8000 },
      { state: "ready" },
      { state: "admin" },
      { search: "student-99" },
      { state: "inactive", search: "77", sort: "-last_activity" },
    ];
    for (const query of queries) {
      const took = await bestOf(5, () => people.list(query));
      t.diagnostic(`${JSON.stringify(query)}: ${took.toFixed(1)} ms`);
      assert.ok(took < BUDGET, `${JSON.stringify(query)} took ${took.toFixed(1)} ms`);
    }
    const [person] = added;
    assert.ok(person !== undefined);
    assert.ok((await bestOf(5, () => people.find(person.name))) < 5);
  });
});

const TEAMS = 200;

/** Two hundred groups: by team of GitHub, by name, for everybody; and one rule that lets all of GitHub's lab in. */
function configurationOf(teams: number, memory: string): string {
  const groups = Array.from({ length: teams }, (_, i) => {
    const names = i % 20 === 0 ? `names: [student-${i}, student-${i + 1}], ` : "";
    const rights = i % 50 === 7 ? "admin: true, " : "";
    return `  team-${i}: {${rights}memory: ${memory}, priority: ${i % 5}, environment: {TEAM: "${i}"}, mounts: [{source: /srv/team-${i}, target: /team-${i % 40}}], members: {${names}github: ["lab:team-${i}"]}}`;
  });
  return `signIn: {github: {clientId: id, clientSecret: {secret: github}, allow: {organizations: [lab]}}}
groups:
${groups.join("\n")}
  all: {members: {everyone: true}}
`;
}

forEachDatabase("ten thousand people in two hundred groups", (open, { kind }) => {
  test("are worked out in a moment, without holding others up, and asked for in none", async (t) => {
    const { store, people, prepare } = await peopleHub(t, open);
    const names = Array.from({ length: 10_000 }, (_, i) => `student-${i}`);
    const { added } = await people.add(names, { byHand: false });
    await store.db.transaction().execute(async (db) => {
      for (let start = 0; start < added.length; start += 500) {
        await db
          .insertInto("identities")
          .values(
            added.slice(start, start + 500).map(({ id }, i) => ({
              user_id: id,
              provider: "github",
              issuer: "https://github.com",
              subject: `${id}`,
              login: names[start + i] ?? "",
              email: null,
              groups: JSON.stringify(["lab", ...[0, 1, 2].map((n) => `lab:team-${(start + i + n * 67) % TEAMS}`)]),
              credential: null,
              refreshed_at: isoTime(0),
              problem: null,
            })),
          )
          .execute();
      }
    });
    if (kind === "postgres") await sql`analyze`.execute(store.db);
    assert.equal((await people.list({ state: "suspended" })).total, 10_000);

    const first = await timed(prepare(configurationOf(TEAMS, "4G")));
    t.diagnostic(`everybody let in: ${first.toFixed(0)} ms`);
    assert.equal((await people.list({ state: "suspended" })).total, 0);
    let steady = Number.POSITIVE_INFINITY;
    let longest = Number.POSITIVE_INFINITY;
    for (const memory of ["5G", "6G", "7G"]) {
      const swap = prepare(configurationOf(TEAMS, memory));
      const watched = watchDelays();
      steady = Math.min(steady, await timed(swap));
      longest = Math.min(longest, await watched());
    }
    t.diagnostic(`another configuration: ${steady.toFixed(0)} ms, others waited up to ${longest.toFixed(0)} ms`);
    assert.ok(steady < 600, `${steady} ms`);
    assert.ok(longest < 250, `others waited for ${longest} ms`);

    const [some] = added.slice(5000);
    assert.ok(some !== undefined);
    const fresh = await timed(async () => {
      for (const { name } of added.slice(0, 1000)) people.policyOf(name);
    });
    const kept = await timed(async () => {
      for (const { name } of added.slice(0, 1000)) {
        people.policyOf(name);
        people.groupsOf(name);
        people.suspendedOf(name);
      }
    });
    t.diagnostic(`a policy: ${fresh.toFixed(0)} µs anew, ${kept.toFixed(1)} µs again`);
    assert.ok(fresh < 1000 && kept < 100, `${fresh} and ${kept} µs`);
    assert.equal(people.policyOf(some.name).memory.value, 7 * 1024 ** 3);

    const works: Readonly<Record<string, () => Promise<unknown>>> = {
      "list of a group": () => people.list({ group: "team-7", sort: "-last_activity" }),
      "list of the group of everybody": () => people.list({ group: "all", offset: 5000 }),
      "list of groups": async () => people.groups.list(),
      "members of everybody's group": async () => people.groups.members("all", { offset: 9900, limit: 50 }),
      explanation: () => people.explain("student-5000"),
      "sign-in": () => people.admit(github(some.id, some.name, ["lab", "lab:team-3"])),
      "sign-in of somebody new": () =>
        people.admit(github(1_000_000 + Math.floor(performance.now() * 1000), "student-1", ["lab"])),
      "making an admin": () => people.setAdmin("student-1", true),
    };
    for (const [name, work] of Object.entries(works)) {
      const took = await bestOf(5, work);
      t.diagnostic(`${name}: ${took.toFixed(1)} ms`);
      assert.ok(took < 100, `${name} took ${took.toFixed(1)} ms`);
    }

    const last = await timed(prepare(configurationOf(TEAMS, "7G").replace("[lab]", "[elsewhere]")));
    t.diagnostic(`nobody let in any more: ${last.toFixed(0)} ms`);
    assert.ok((await people.list({ state: "suspended" })).total >= 10_000);
  });
});

/** Milliseconds of this process's own work, which a machine that does other things beside it does not lengthen. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Milliseconds that other work of this process had to wait at most, until the result is asked for. */
function watchDelays(): () => Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  return async () => {
    delays.disable();
    return delays.max / 1e6;
  };
}

async function bestOf(times: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i += 1) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
