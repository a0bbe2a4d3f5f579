/** What a hub that was taken over would ask of the engine: all of it refused and logged, and nothing made. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeBusyboxRoot, startPodman } from "../../test/support/engines.ts";
import { createPodmanDriver } from "../drivers/index.ts";
import { ClosingStack } from "../kernel/index.ts";
import { hostView } from "./host-view.ts";
import { startBroker } from "./server.ts";
import { type Asked, type Attacks, create } from "./test-support/asked.ts";
import { HUB, helperOf, IMAGE, POLICY, serverOf } from "./test-support/bodies.ts";
import { buildAttacks } from "./test-support/build-attacks.ts";
import { containerAttacks } from "./test-support/container-attacks.ts";
import { otherAttacks } from "./test-support/other-attacks.ts";

describe("a hub that was taken over", () => {
  const stack = new ClosingStack();
  const logged: { readonly facts: Readonly<Record<string, unknown>>; readonly message: string }[] = [];
  let engine = "";
  let broker = "";
  let pins = "";
  let strangerId = "";
  let known = "";

  before(async () => {
    const podman = stack.add(await startPodman());
    const folder = await mkdtemp(join(tmpdir(), "hublet-broker-"));
    stack.defer(() => rm(folder, { recursive: true }));
    engine = podman.socketPath;
    broker = join(folder, "broker.sock");
    pins = join(folder, "hub.json");
    stack.add(
      await startBroker({
        engineSocket: engine,
        listenSocket: broker,
        socketMode: 0o600,
        pinsFile: pins,
        policy: () => POLICY,
        accountOf: () => undefined,
        view: hostView(""),
        log: {
          warn: (facts, message) => void logged.push({ facts: { ...facts }, message }),
          error: (facts, message) => assert.fail(`${message}: ${JSON.stringify(facts)}`),
        },
      }),
    );
    const root = await makeBusyboxRoot();
    const driver = stack.add(createPodmanDriver({ socketPath: engine, hub: HUB }));
    const settings = {
      entrypoint: [],
      command: ["busybox", "true"],
      user: "1000:100",
      workingDirectory: "/",
      environment: {},
      labels: {},
    };
    await driver.images?.importRoot(
      root.tarPath,
      { ...settings, reference: IMAGE },
      { signal: AbortSignal.timeout(60_000) },
    );
    stack.defer(async () => driver.images?.remove(IMAGE));
    await root.close();
    // What others have on the same engine.
    const made = await ask(engine, {
      method: "POST",
      path: "/v1.41/containers/create?name=strangers",
      body: { Image: IMAGE, Env: ["TOKEN=hush"], Labels: { "hublet.hub": "hub-2" } },
    });
    strangerId = (JSON.parse(made.text) as { Id: string }).Id;
    stack.defer(
      async () => void (await ask(engine, { method: "DELETE", path: "/v1.41/containers/strangers?force=true" })),
    );
    for (const [name, hub] of [
      ["jupyterhub-user-bob", "hub-2"],
      ["jupyterhub-user-ada", HUB],
    ] as const) {
      await ask(engine, {
        method: "POST",
        path: "/v1.41/volumes/create",
        body: { Name: name, Labels: { "hublet.hub": hub } },
      });
      stack.defer(async () => void (await ask(engine, { method: "DELETE", path: `/v1.41/volumes/${name}` })));
    }
    await ask(engine, {
      method: "POST",
      path: "/v1.41/networks/create",
      body: { Name: "strangers", Driver: "bridge" },
    });
    stack.defer(async () => void (await ask(engine, { method: "DELETE", path: "/v1.41/networks/strangers" })));
    // The hub is known by its first question.
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], label: [`hublet.hub=${HUB}`] }));
    const events = request({
      socketPath: broker,
      path: `/v1.41/events?since=${Math.floor(Date.now() / 1000)}&filters=${filters}`,
    });
    await new Promise((resolve) => events.once("response", resolve).end());
    events.destroy();
    assert.deepEqual(JSON.parse(await readFile(pins, "utf8")), { hub: HUB });
    known = await everything();
  });
  after(() => stack.close());

  /** What the engine has of all that is asked for below; others may be at work on it, too. */
  async function everything(): Promise<string> {
    const read = async (path: string, wanted: RegExp) => (await ask(engine, { path })).text.match(wanted)?.toSorted();
    return JSON.stringify([
      await read("/v1.41/containers/json?all=true", /"\/(?:jupyter-ada|strangers|hublet-broker|hublet-pack-x)"/g),
      (await read("/v1.41/containers/strangers/json", /"(?:Status|StartedAt|Memory)":[^,]*/g)) ?? [],
      await read("/v1.41/volumes", /"(?:jupyterhub-user-\w+|mine|material)"/g),
      await read("/v1.41/networks", /"(?:strangers|jupyter-eve)"/g),
      await read(
        "/v1.41/images/json",
        /"localhost\/hublet-(?:test\/x|test\/attacks|hub|proxy)[^"]*"|"[^"]*alpine[^"]*"/g,
      ),
    ]);
  }

  const attacks: Attacks = {
    ...containerAttacks(() => strangerId),
    ...buildAttacks,
    ...otherAttacks(() => strangerId),
  };
  for (const [name, attack] of Object.entries(attacks))
    test(name, async () => {
      const before = logged.length;
      const { status, text } = await ask(broker, attack());
      assert.equal(status, 403, text);
      assert.match((JSON.parse(text) as { message: string }).message, /^hublet-broker: ./);
      const [last] = logged.slice(before);
      assert.equal(last?.message, "refused");
      assert.ok(typeof last.facts.why === "string" && last.facts.why !== "");
    });

  test("another's container looks as if it were not there, and none of its environment is told", async () => {
    const { status, text } = await ask(broker, { path: "/v1.41/containers/strangers/json" });
    assert.equal(status, 404);
    assert.ok(!text.includes("hush"));
    const listed = await ask(broker, { path: "/v1.41/containers/json?all=true" });
    assert.deepEqual([listed.status, JSON.parse(listed.text)], [200, []]);
  });

  test("a second request behind the first is never read", async () => {
    const first = "POST /v1.41/containers/jupyter-ada/start HTTP/1.1\r\nHost: e\r\nContent-Length: 0\r\n\r\n";
    const second = "POST /v1.41/containers/strangers/start HTTP/1.1\r\nHost: e\r\nContent-Length: 0\r\n\r\n";
    assert.equal((await raw(first + second)).match(/HTTP\/1\.1 /g)?.length, 1);
  });

  test("two lengths, or a strange encoding, are no request", async () => {
    const head = "POST /v1.41/containers/strangers/start HTTP/1.1\r\nHost: e\r\n";
    for (const lengths of [
      "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
      "Transfer-Encoding: xchunked\r\n\r\n",
    ])
      assert.match(await raw(head + lengths), /^HTTP\/1\.1 (400|403) /);
  });

  test("neither bodies nor their environment are in the log", async () => {
    await ask(broker, create(serverOf({ Env: ["JUPYTERHUB_API_TOKEN=very-secret"] }, { Privileged: true })));
    assert.ok(!JSON.stringify(logged).includes("very-secret"));
  });

  test("after all of this, the engine has what it had before", async () => {
    assert.ok(Object.keys(attacks).length >= 40);
    assert.equal(await everything(), known);
  });

  test("and the honest request passes", async () => {
    const made = await ask(broker, create(serverOf()));
    assert.equal(made.status, 201, made.text);
    const { Id: id } = JSON.parse(made.text) as { Id: string };
    const gone = await ask(broker, { method: "DELETE", path: `/v1.41/containers/${id}?force=true&v=true` });
    assert.ok(gone.status < 300, gone.text);
    const helper = await ask(broker, create(helperOf(), "hublet-pack-jupyterhub-user-ada"));
    assert.equal(helper.status, 201, helper.text);
    await ask(broker, {
      method: "DELETE",
      path: "/v1.41/containers/hublet-pack-jupyterhub-user-ada?force=true&v=true",
    });
    const looked = await ask(broker, { method: "POST", path: "/hublet/look", body: { path: "/srv" } });
    assert.deepEqual([looked.status, (JSON.parse(looked.text) as { real: string }).real], [200, "/srv"]);
  });

  /** All that comes back for these bytes. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(broker, () => socket.write(bytes));
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      socket.once("error", reject).once("close", () => resolve(text));
    });
  }
});

function ask(
  socketPath: string,
  { method = "GET", path, body, text, headers }: Asked,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const type = content === undefined ? {} : { "content-type": "application/json" };
    const outgoing = request({ socketPath, method, path, agent: false, headers: { ...type, ...headers } });
    outgoing.once("error", reject);
    outgoing.once("upgrade", (_answer, socket) => {
      socket.destroy();
      resolve({ status: 101, text: "" });
    });
    outgoing.once("response", (answer) => {
      let said = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        said += chunk;
      });
      answer.once("error", reject).once("end", () => resolve({ status: answer.statusCode ?? 0, text: said }));
    });
    outgoing.end(content);
  });
}
