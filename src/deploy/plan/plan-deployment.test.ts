import assert from "node:assert/strict";
import { test } from "node:test";
import { HUB_LABEL, HubError } from "../../kernel/index.ts";
import { UNIT_LABEL } from "../model/deployment.ts";
import { planFor } from "./plan-deployment.ts";
import { changed, described, freshHost, generationOf, hostInOrder, NO_HOST_STEPS } from "./planned.fixture.ts";
import { disturbances, NOTHING_TO_DO, planJson, showPlan } from "./show.ts";
import type { Situation, Target } from "./target.ts";
import type { Plan } from "./types.ts";

const OPTIONS = { by: "root", disturb: false, local: true };
const plan = (target: Target, situation: Situation): Promise<Plan> =>
  planFor(target, situation, NO_HOST_STEPS, OPTIONS);
const kinds = ({ steps }: Plan): string[] => steps.map(({ kind }) => kind);
const titles = ({ steps }: Plan): string => steps.map(({ kind, title }) => `${kind}: ${title}`).join("\n");

/** Two servers of people run beside what is there. */
function withServers(situation: Situation): Situation {
  const server = (name: string) => ({ name, image: "notebook", running: true, labels: { [HUB_LABEL]: "1" } });
  return changed(situation, {
    containers: [...situation.state.containers, server("jupyter-ada"), server("jupyter-bo")],
  });
}

test("a fresh host gets everything, in the order in which it can be done", async () => {
  const made = await plan(await described(), freshHost());
  const order = kinds(made).filter((kind, at, all) => kind !== all[at - 1]);
  assert.deepEqual(order, ["secrets", "images", "configuration", "units", "services", "health", "generation"]);
  assert.equal(made.steps.filter(({ kind }) => kind === "secrets").length, 5);
  assert.match(
    titles(made),
    /services: enable the engine's socket[\s\S]*listen on 0\.0\.0\.0:8443[\s\S]*start hublet-hub[\s\S]*start hublet-proxy$/m,
  );
  assert.deepEqual(disturbances(made), []);
  assert.match(showPlan(made), /Nobody is disturbed\.$/);
});

test("a host in order gets nothing", async () => {
  const target = await described();
  const made = await plan(target, hostInOrder(target));
  assert.equal(titles(made), "");
  assert.equal(showPlan(made), NOTHING_TO_DO);
});

test("a changed memory limit changes the configuration and restarts nothing", async () => {
  const before = await described({ files: { "hublet.yaml": "server:\n  memory: 1G\n" } });
  const after = await described({ files: { "hublet.yaml": "server:\n  memory: 2G\n" } });
  const made = await plan(after, withServers(hostInOrder(before)));
  assert.deepEqual(kinds(made), ["configuration", "generation"]);
  assert.deepEqual(made.steps[0]?.diff, ["~ hublet.yaml", "    server:", "  -   memory: 1G", "  +   memory: 2G"]);
  assert.deepEqual(disturbances(made), []);
});

test("another proxy says whose connections break, and leaves the hub alone", async () => {
  const made = await plan(await described({ proxy: "2-ccc" }), withServers(hostInOrder(await described())));
  assert.deepEqual(kinds(made), ["images", "units", "services", "health", "generation"]);
  assert.match(titles(made), /images: load hublet-proxy:2-ccc/);
  assert.match(titles(made), /services: restart hublet-proxy \(its unit changed\)/);
  assert.doesNotMatch(titles(made), /hublet-hub/);
  assert.match(disturbances(made).join(), /open connections of the 2 running servers break/);
  assert.match(showPlan(made), /Disturbs:\n {2}! The proxy is restarted/);
});

test("another hub tries its migrations before anything is switched, and disturbs nobody", async () => {
  const made = await plan(await described({ hub: "2-ccc" }), withServers(hostInOrder(await described())));
  assert.deepEqual(kinds(made), ["images", "database", "units", "services", "services", "health", "generation"]);
  assert.match(titles(made), /services: restart hublet-broker .*\nservices: restart hublet-hub \(its unit changed\)/);
  assert.deepEqual(disturbances(made), []);
});

test("a unit that nobody asks for any more is removed", async () => {
  const target = await described();
  const order = hostInOrder(target);
  const folder = "/var/lib/hublet/.config/containers/systemd";
  const stale = [`${folder}/hublet-postgres.container`, `${folder}/mine.container`];
  const made = await plan(
    target,
    changed(order, {
      listings: { ...order.state.listings, [folder]: [...(order.state.listings[folder] ?? []), ...stale] },
    }),
  );
  assert.equal(titles(made), "units: remove hublet-postgres.container");
});

test("a secret that is missing is made, and the key of “hublet up” is taken over", async () => {
  const target = await described();
  const order = hostInOrder(target);
  const missing = changed(order, {
    podmanSecrets: order.state.podmanSecrets.filter((name) => name !== "hublet-gate.key"),
  });
  assert.match(
    titles(await plan(target, missing)),
    /^secrets: create the Podman secret hublet-gate\.key \(random\)\nservices: restart hublet-hub \(its secrets are new\)\nservices: restart hublet-proxy \(its secrets are new\)\nhealth: /,
  );

  const file = { sha256: "", mode: 0o600, uid: 990, gid: 980, kind: "file" as const };
  const files = { ...order.state.files, "/var/lib/hublet/state/secrets/gate.key": file };
  const adopted = await plan(target, changed(missing, { files }));
  assert.match(
    titles(adopted),
    /make the Podman secret hublet-gate\.key of the key in \/var\/lib\/hublet\/state\/secrets\/gate\.key/,
  );
  const halfDone = await plan(target, changed(order, { files }));
  assert.match(
    titles(halfDone),
    /^secrets: remove \/var\/lib\/hublet\/state\/secrets\/gate\.key: its value is a Podman secret now$/,
  );
});

test("what an apply that was killed left half done is taken up where it stopped", async () => {
  const before = await described();
  const after = await described({ hub: "2-ccc" });
  const order = hostInOrder(after);
  const recorded = { ...order.records, current: generationOf(before, 1) };
  const hub = {
    name: "hublet-hub",
    image: "localhost/hublet-hub:1-aaa",
    running: true,
    labels: { [UNIT_LABEL]: "old" },
  };
  const others = order.state.containers.filter(({ name }) => name !== "hublet-hub");
  const cases: [string, Situation, string[]][] = [
    [
      "units written, nothing restarted",
      { ...changed(order, { containers: [hub, ...others] }), records: recorded },
      ["database", "services", "health", "generation"],
    ],
    [
      "the hub stopped, its database copied",
      { ...changed(order, { containers: others }), records: { ...recorded, withDatabase: [2] } },
      ["services", "health", "generation"],
    ],
    ["all started, never asked", { ...order, records: recorded }, ["health", "generation"]],
    [
      "its first apply not recorded",
      { ...order, records: { ...order.records, current: undefined, numbers: [] } },
      ["health", "generation"],
    ],
  ];
  for (const [name, situation, expected] of cases)
    assert.deepEqual(kinds(await plan(after, situation)), expected, name);
});

test("an apply that was killed before the hub was switched tries the database again", async () => {
  const order = hostInOrder(await described());
  const stopped = changed(order, { containers: order.state.containers.filter(({ name }) => name !== "hublet-hub") });
  assert.ok(kinds(await plan(await described({ hub: "2-ccc" }), stopped)).includes("database"));
});

test("another address restarts the proxy with its sockets, and the hub, which learns it only at its start", async () => {
  const made = await plan(
    await described({ files: { "hublet.yaml": "listen: 0.0.0.0:9443\n" } }),
    withServers(hostInOrder(await described())),
  );
  assert.match(titles(made), /services: restart hublet-proxy with 0\.0\.0\.0:9443 \(its sockets changed\)/);
  assert.match(titles(made), /services: restart hublet-hub \(its unit changed\)/);
  assert.equal(disturbances(made).length, 1);
});

test("a port that another program has is refused before anything is done", async () => {
  const taken = changed(freshHost(), { listening: [{ address: "[::]:8443", process: "nginx" }] });
  await assert.rejects(
    async () => plan(await described(), taken),
    (error: unknown) => error instanceof HubError && error.code === "port-in-use" && /“nginx”/.test(error.message),
  );
});

test("files of the configuration come, change and go; what is in secret ones is told nowhere", async () => {
  const before = await described({ files: { "hublet.yaml": "include: more.yaml\n", "more.yaml": "name: A\n" } });
  const key = { path: "lab.key", content: Buffer.from("PRIVATE-1"), secret: true };
  const plain = await described({ files: { "hublet.yaml": "name: A\n" } });
  const made = await plan({ ...plain, configuration: [...plain.configuration, key] }, hostInOrder(before));
  assert.match(titles(made), /configuration: change hublet\.yaml, add lab\.key, remove more\.yaml in \/etc\/hublet/);
  assert.ok(made.steps[0]?.diff.includes("+ lab.key (new)"));

  const other = { ...key, content: Buffer.from("PRIVATE-2") };
  const rotated = await plan(
    { ...plain, configuration: [...plain.configuration, other] },
    hostInOrder({ ...plain, configuration: [...plain.configuration, key] }),
  );
  assert.deepEqual(rotated.steps[0]?.diff, ["~ lab.key (changed)"]);
  assert.doesNotMatch(JSON.stringify(planJson(rotated)) + showPlan(rotated), /PRIVATE/);
});

test("permissions that are too wide are set right", async () => {
  const target = await described();
  const order = hostInOrder(target);
  const path = "/etc/hublet/hublet.yaml";
  const file = order.state.files[path];
  assert.ok(file);
  const made = await plan(
    target,
    changed(order, { files: { ...order.state.files, [path]: { ...file, mode: 0o644 } } }),
  );
  assert.deepEqual(made.steps[0]?.diff, ["~ hublet.yaml (permissions)"]);
});

test("a configuration that lies on the host is only opened to the account", async () => {
  const target = await described({ inPlace: true });
  const order = hostInOrder(target);
  const path = "/etc/hublet/hublet.yaml";
  const file = order.state.files[path];
  assert.ok(file);
  // Root's own, and one that an account which was removed has left.
  for (const access of [
    { gid: 0, mode: 0o600 },
    { gid: 1000, mode: 0o640 },
  ]) {
    const closed = changed(order, { files: { ...order.state.files, [path]: { ...file, ...access } } });
    assert.equal(
      titles(await plan(target, closed)),
      "configuration: let the account hublet read /etc/hublet/hublet.yaml",
    );
  }
  assert.equal(titles(await plan(target, order)), "");
});

test("a host that the vault is not for gets a way to open it", async () => {
  const plain = await described();
  const vault = { path: "secrets.age", content: Buffer.from("sealed"), secret: false };
  const port = {
    path: vault.path,
    addRecipient: () => Promise.resolve(),
    content: () => Promise.resolve(vault.content),
  };
  const configuration = [...plain.configuration, vault];
  const known = { ...plain, configuration, vault: { ...port, recipients: { ada: "age1ada", lab: "age1host" } } };
  const unknown = { ...plain, configuration, vault: { ...port, recipients: { ada: "age1ada" } } };
  assert.equal(titles(await plan(known, hostInOrder(known))), "");
  const made = await plan(unknown, hostInOrder(unknown));
  assert.deepEqual(kinds(made), ["secrets", "configuration", "generation"]);
  assert.deepEqual(made.steps[1]?.diff, ["~ secrets.age (this host may open it)"]);
});

test("an image for servers is asked for once; then it is a note until it is there", async () => {
  const target = await described({ files: { "hublet.yaml": "server:\n  image: registry.example.org/lab:1\n" } });
  const order = hostInOrder(target);
  const images = Object.fromEntries(
    Object.entries(order.state.images).filter(([name]) => name !== "registry.example.org/lab:1"),
  );
  const asked = await plan(target, changed(order, { images }));
  assert.equal(titles(asked), "images: fetch registry.example.org/lab:1 for people's servers");
  const missed = { ...order.records, missedImages: ["registry.example.org/lab:1"] };
  const noted = await plan(target, { ...changed(order, { images }), records: missed });
  assert.deepEqual(noted.steps, []);
  assert.match(noted.notes.join(), /registry\.example\.org\/lab:1 is not on the host/);
});

test("an image of an earlier version that nobody has any more is said before anything is done", async () => {
  const earlier = await described({ hub: "0-old" });
  const target = { ...(await described()), units: earlier.units };
  await assert.rejects(
    () => plan(target, changed(hostInOrder(target), { images: {} })),
    (error: unknown) => error instanceof HubError && error.code === "image-missing" && /0-old/.test(error.message),
  );
});

test("a host of another kind of processor gets no image that it cannot run", async () => {
  await assert.rejects(
    async () => plan(await described(), changed(freshHost(), { architecture: "aarch64" })),
    (error: unknown) => error instanceof HubError && error.code === "host-unsuitable",
  );
});

test("a database is put back once, and the hub that was stopped for it is started", async () => {
  const target = { ...(await described()), databaseFrom: 1 };
  const order = hostInOrder(target);
  const made = await plan(target, order);
  assert.deepEqual(kinds(made), ["database", "services", "health", "generation"]);
  assert.match(titles(made), /services: start hublet-hub$/m);
  const begun = { ...order, records: { ...order.records, restored: [{ number: 2, from: 1 }] } };
  assert.deepEqual(kinds(await plan(target, begun)), ["health", "generation"]);
});

test("a copy of the database that an apply left before it switched anything is never the one to put back", async () => {
  const target = await described();
  const order = hostInOrder(target);
  const left = { ...order, records: { ...order.records, withDatabase: [2] } };
  const forgotten = await plan(target, left);
  assert.match(titles(forgotten), /^database: remove the copy of the database/);
  const later = await described({ hub: "2-ccc" });
  assert.match(titles(await plan(later, left)), /^database: keep a copy of the database/m);
  // Also when the hub of the present generation is stopped meanwhile, for whatever reason.
  const others = order.state.containers.filter(({ name }) => name !== "hublet-hub");
  assert.match(titles(await plan(later, changed(left, { containers: others }))), /^database: keep a copy/m);
});

test("the copy from before a new hub stays the one to put back when a third follows", async () => {
  const second = hostInOrder(await described({ hub: "2-ccc" }));
  const records = { ...second.records, current: generationOf(await described(), 1), withDatabase: [2] };
  const third = await plan(await described({ hub: "3-ddd" }), { ...second, records });
  assert.match(titles(third), /^database: try the new version on a copy/m);
});
