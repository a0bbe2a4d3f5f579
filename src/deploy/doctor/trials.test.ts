/** The deep checks: what containers answer, and how they are asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunResult } from "../run.ts";
import { CHECKS } from "./checks.ts";
import { answering, contextWith } from "./context.fixture.ts";
import type { CheckContext, Finding } from "./types.ts";

async function look(id: string, context: CheckContext): Promise<readonly Finding[] | string> {
  const found = await CHECKS.find((check) => check.id === id)?.run(context);
  assert.ok(found !== undefined);
  return "outcome" in found ? found.outcome : found;
}

function container(answer: Partial<RunResult>) {
  return answering({ "podman run": answer });
}

const LIMITS = "memory.max=134217728\npids.max=64\ncpu.max=50000 100000\n";

test("limits are in order only when all three were read back", async () => {
  const { run, lines } = container({ stdout: LIMITS });
  assert.equal(await look("container-limits", contextWith({ host: { run } })), "ok");
  const [line = ""] = lines;
  assert.match(
    line,
    /--pull=never .*--memory=134217728 --pids-limit=64 --cpus=0\.5 --entrypoint \/node localhost\/hublet-hub:/,
  );
});

for (const [what, stdout, says] of [
  [
    "memory was dropped",
    LIMITS.replace("134217728", "max"),
    /memory\.max is max, and 134217728 \(134 MB\) was asked for/,
  ],
  [
    "the files are missing",
    "memory.max=none\npids.max=none\ncpu.max=none\n",
    /memory\.max is none.*pids\.max is none.*cpu\.max is none/,
  ],
  ["another CPU share", LIMITS.replace("50000", "max"), /cpu\.max is max 100000/],
  ["nothing was said", "", /memory\.max is missing/],
] as const)
  test(`limits are not in order when ${what}`, async () => {
    const found = await look("container-limits", contextWith({ host: { run: container({ stdout }).run } }));
    assert.ok(typeof found !== "string");
    assert.match(found[0]?.problem ?? "", says);
    assert.equal(found[0]?.severity, "error");
  });

test("a container that does not start is told with the engine's last words", async () => {
  const { run } = container({ code: 126, stderr: "noise\nError: crun: controller `memory` is not available" });
  const found = await look("container-limits", contextWith({ host: { run } }));
  assert.ok(typeof found !== "string");
  assert.match(found[0]?.problem ?? "", /does not start: Error: crun: controller/);
});

test("without any image nothing is called in order", async () => {
  const bare = contextWith({ state: { images: {}, containers: [] } });
  for (const id of ["container-limits", "container-volume", "container-dns", "container-hub"])
    assert.equal(await look(id, bare), "unknown", id);
});

test("an image of servers is asked in Python when the program's own is not there", async () => {
  const { run, lines } = container({ stdout: LIMITS });
  const context = contextWith({
    host: { run },
    state: { containers: [], images: { "localhost/lab/notebook:1": "2" } },
  });
  assert.equal(await look("container-limits", context), "ok");
  assert.match(lines[0] ?? "", /--entrypoint python3 localhost\/lab\/notebook:1 -c/);
});

test("the jupyterhub of images must be one that speaks with this hub", async () => {
  for (const [stdout, outcome] of [
    ["5.2.1\n", "ok"],
    ["none\n", "ok"],
    ["2.0.0\n", "ok"],
    ["6.0.0b2\n", "ok"],
  ] as const)
    assert.equal(
      await look("image-jupyterhub", contextWith({ host: { run: container({ stdout }).run } })),
      outcome,
      stdout,
    );
  for (const stdout of ["1.5.0\n", "7.0.0\n"]) {
    const found = await look("image-jupyterhub", contextWith({ host: { run: container({ stdout }).run } }));
    assert.ok(typeof found !== "string");
    assert.match(found[0]?.problem ?? "", /has jupyterhub [17]\.\d\.0; this hub speaks with 2 to 6/);
  }
});

test("names, volumes and the way to the hub are tried", async () => {
  const answers = async (id: string, stdout: string) =>
    look(id, contextWith({ host: { run: container({ stdout }).run } }));
  assert.deepEqual(await answers("container-volume", "kept\n"), []);
  assert.match(JSON.stringify(await answers("container-volume", "")), /could not be kept/);
  assert.deepEqual(await answers("container-dns", "found 192.0.2.10\n"), []);
  assert.match(
    JSON.stringify(await answers("container-dns", "failed EAI_AGAIN\n")),
    /cannot look up lab\.example\.org: failed EAI_AGAIN/,
  );
  assert.deepEqual(await answers("container-hub", "answered 200\n"), []);
  assert.match(
    JSON.stringify(await answers("container-hub", "failed EACCES\n")),
    /does not reach the hub by .*bridge\/hub\.sock: failed EACCES/,
  );
});

test("in Docker a trial is a command of its daemon, as root inside, and its advice is Docker's", async () => {
  const { run, lines } = answering({ "docker --host": { code: 125, stderr: "docker: no space left on device" } });
  const context = { engine: "docker", dockerSocket: "/srv/docker.sock" } as const;
  const found = await look("container-volume", contextWith({ host: { run }, context }));
  assert.match(
    lines.join("\n"),
    /^docker --host unix:\/\/\/srv\/docker\.sock run --rm --pull=never .*--volume=\/trial --user=0:0 --entrypoint \/node localhost\/hublet-hub:/,
  );
  assert.ok(typeof found !== "string");
  assert.match(found[0]?.problem ?? "", /no space left/);
  assert.doesNotMatch(found[0]?.advice ?? "", /subid/);
});
