/** What real Podman would do on the host for a folder or a Containerfile, and does not behind the broker. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { type Header, pack } from "tar-stream";
import { makeBusyboxRoot, startPodman } from "../../../test/support/engines.ts";
import { createPodmanDriver, type Driver } from "../../drivers/index.ts";
import { ClosingStack, HubError } from "../../kernel/index.ts";
import { hostView } from "../host-view.ts";
import { startBroker } from "../server.ts";
import { HUB, POLICY } from "../test-support/bodies.ts";

const run = promisify(execFile);
const BASE = "localhost/hublet-test/hostile:1";
const MADE = "localhost/hublet-test/hostile-made:1";
const WITH_COMMANDS = "localhost/hublet-test/hostile-commands:1";
type File = Partial<Header> & { readonly name: string; readonly content?: string };

describe("a build that a hub asks for which was taken over", () => {
  const stack = new ClosingStack();
  const refused: string[] = [];
  let engine = "";
  let hub: Driver;
  /** A folder of the host that the engine's account may write. */
  let host = "";

  before(async () => {
    const podman = stack.add(await startPodman());
    engine = podman.socketPath;
    const folder = await mkdtemp(join(tmpdir(), "hublet-hostile-"));
    stack.defer(() => rm(folder, { recursive: true }));
    host = await mkdtemp("/var/tmp/hublet-hostile-");
    stack.defer(() => rm(host, { recursive: true }));
    await run("chmod", ["777", host]);
    await writeFile(join(host, "secret"), "hush-hush\n", { mode: 0o644 });
    const listenSocket = join(folder, "broker.sock");
    stack.add(
      await startBroker({
        ...{ engineSocket: engine, listenSocket, socketMode: 0o600, pinsFile: join(folder, "hub.json") },
        ...{ policy: () => POLICY, accountOf: () => undefined, view: hostView("") },
        log: {
          warn: ({ why }: { why?: string }) => void refused.push(why ?? ""),
          error: (facts, message) => assert.fail(`${message}: ${JSON.stringify(facts)}`),
        },
      }),
    );
    const past = stack.add(createPodmanDriver({ socketPath: engine, hub: HUB }));
    hub = stack.add(createPodmanDriver({ socketPath: listenSocket, hub: HUB }));
    // The broker learns whose it is.
    await hub.ensureVolume("jupyterhub-user-hostile", {});
    stack.defer(() => hub.removeVolume("jupyterhub-user-hostile"));
    const root = await makeBusyboxRoot();
    const settings = {
      ...{ entrypoint: ["/bin/sh"], command: ["-c", "true"], user: "1000:100", workingDirectory: "/home" },
      ...{ environment: { A: "b" }, labels: { l: "m" }, reference: BASE },
    };
    await past.images?.importRoot(root.tarPath, settings, { signal: AbortSignal.timeout(60_000) });
    await root.close();
    stack.defer(async () => {
      for (const name of [MADE, WITH_COMMANDS, BASE]) await past.images?.remove(name).catch(() => undefined);
    });
  });
  after(() => stack.close());

  const SECRET = "RUN --mount=type=bind,source=x,target=/m cat /m/secret; echo y > /m/written";
  const link = (): File => ({ name: "x", type: "symlink", linkname: host });
  const REFUSED: Readonly<Record<string, () => readonly [string, readonly File[], RegExp]>> = {
    "a file that is unpacked through a link": () => [
      "RUN true",
      [link(), { name: "x/written", content: "y" }],
      /below a link/,
    ],
    "a link that a command is shown": () => [SECRET, [link()], /which is a link/],
    "a folder below a link that a command is shown": () => [
      SECRET.replace("source=x", "source=x/y"),
      [link()],
      /which is a link/,
    ],
    "a link of another stage that a command is shown": () => [
      `RUN ln -s ${host} /x\nFROM ${BASE}\n${SECRET.replace("source=x", "from=first,source=/x")}`,
      [],
      /COPY --from/,
    ],
    "an archive of the host": () => [`FROM docker-archive:${host}/secret`, [], /no image of a registry/],
    "a program of the host": () => [
      `FROM containers-storage:[overlay@${host}/g+${host}/r:overlay.mount_program=${host}/secret]${BASE}`,
      [],
      /no image of a registry/,
    ],
  };
  for (const [name, made] of Object.entries(REFUSED))
    test(`refused: ${name}`, async () => {
      const [lines, files, why] = made();
      await assert.rejects(build(lines, files), (error: unknown) => {
        assert.ok(error instanceof HubError && error.code === "image-build-failed", String(error));
        assert.match(error.message, why);
        return true;
      });
      assert.match(refused.at(-1) ?? "", why);
      assert.deepEqual(await readdir(host), ["secret"]);
    });

  test("caches lie beside each other, whatever they are called", async () => {
    const inner = "type=cache,target=/c/in";
    const lines = [
      `RUN --mount=type=cache,id=../../../..${host},target=/c busybox ls /c; test ! -e /c/secret`,
      `RUN --mount=type=cache,target=/c ln -sfn ${host} /c/in`,
      `RUN --mount=${inner} test ! -e /c/in/secret && echo none`,
    ];
    assert.ok((await build(lines.join("\n"))).includes("none"));
  });

  test("a base image's own commands for builders are not carried out", async () => {
    const onbuild = `FROM ${BASE}\nUSER 0\nONBUILD RUN touch /triggered\n`;
    const query = new URLSearchParams({
      ...{ dockerfile: "Containerfile", t: WITH_COMMANDS, layers: "false" },
      outputformat: "application/vnd.docker.distribution.manifest.v2+json",
    });
    const answer = await ask(`/v1.41/build?${query}`, await tarOf([{ name: "Containerfile", content: onbuild }]));
    assert.match(answer, /Successfully/);
    const check = `FROM ${WITH_COMMANDS}\nUSER 0\nRUN test ! -e /triggered && echo untouched`;
    assert.ok((await build(check)).includes("untouched"));
    assert.doesNotMatch(await ask("/v1.41/containers/json?all=true"), /hublet-base-/);
  });

  test("a build reaches nothing on the host's loopback", async () => {
    let asked = 0;
    const server = createServer((_, answer) => {
      asked += 1;
      answer.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stack.defer(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    const tries = ["127.0.0.1", "10.0.2.2"].map((each) => `echo GET / | busybox nc -w 2 ${each} ${port}`);
    const lines = await build(`RUN ${tries.join("; ")}; busybox ip -o link; true`);
    assert.ok(lines.some((line) => / tap0| eth0/.test(line)));
    assert.equal(asked, 0);
  });

  test("what a base image says stays in what is made of it, and layers are found again", async () => {
    const lines = `ENV C=d\nRUN echo ${Math.random()} once`;
    await build(lines);
    assert.ok((await build(lines)).some((line) => line.includes("Using cache")));
    const inspected = JSON.parse(await ask(`/v1.41/images/${MADE}/json`)) as {
      readonly Config: Readonly<Record<string, unknown>> & { readonly Env: readonly string[] };
    };
    const { User, Cmd, Entrypoint, WorkingDir, Labels, Env } = inspected.Config;
    assert.deepEqual(
      { User, Cmd, Entrypoint, WorkingDir, l: (Labels as Record<string, string>).l },
      { User: "1000:100", Cmd: ["-c", "true"], Entrypoint: ["/bin/sh"], WorkingDir: "/home", l: "m" },
    );
    assert.deepEqual(Env.filter((each) => !each.startsWith("PATH=")).toSorted(), ["A=b", "C=d"]);
    assert.equal(await readFile(join(host, "secret"), "utf8"), "hush-hush\n");
  });

  /** Builds through the broker, on the base when the lines name none; the lines of the log. */
  async function build(lines: string, files: readonly File[] = []): Promise<readonly string[]> {
    const content = lines.startsWith("FROM") ? lines : `FROM ${BASE} AS first\nUSER 0\n${lines}\nUSER 1000:100\n`;
    const said: string[] = [];
    const options = {
      ...{ references: [MADE], file: "Containerfile", args: {}, labels: {}, noCache: false },
      signal: AbortSignal.timeout(60_000),
      onLine: (line: string) => void said.push(line),
    };
    const tar = await tarOf([{ name: "Containerfile", content }, ...files]);
    await hub.images?.build(Readable.from([tar]), options);
    return said;
  }

  function ask(path: string, tar?: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = tar === undefined ? {} : { "content-type": "application/x-tar" };
      request({ socketPath: engine, path, method: tar === undefined ? "GET" : "POST", headers, agent: false })
        .once("error", reject)
        .once("response", (answer) => resolve(text(answer)))
        .end(tar);
    });
  }
});

async function tarOf(files: readonly File[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of files)
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  tar.finalize();
  return await buffer(Readable.from(tar));
}
