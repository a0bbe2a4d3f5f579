/**
 * A deployment on a host with Docker: applied by the command line of this machine on a daemon of its own, used, changed, taken
 * down and up by Compose with a person at work, taken away.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { z } from "zod";
import { ensureProgram, makeBusyboxRoot, startDocker, type TestEngine } from "./support/engines.ts";
import { eventually } from "./support/hub.ts";
import { PASSWORD, Person } from "./support/person.ts";
import { copyProgram } from "./support/program-copy.ts";

const execute = promisify(execFile);
const ACCOUNT = "hublet-dockertest";
const CONFIG = `/etc/hublet-${ACCOUNT}`;
const HOME = `/var/lib/${ACCOUNT}`;
const RECORDS = `/var/lib/hublet-deploy/${ACCOUNT}`;
const IMAGE = "localhost/hublet-dockertest/page:1";
/** Somebody else's on the same daemon. */
const STRANGER = "localhost/hublet-dockertest/stranger:1";
const PARTS = ["broker", "hub", "proxy"].map((part) => `${ACCOUNT}-${part}`);

const checksSchema = z.array(
  z.object({
    ...{ id: z.string(), title: z.string(), outcome: z.string(), note: z.string().nullable() },
    findings: z.array(z.record(z.string(), z.unknown())),
  }),
);

type Fact = Readonly<Record<"name" | "id" | "started", string>>;

describe("a deployment in Docker", { timeout: 900_000 }, () => {
  let engine: TestEngine;
  /** As it is when the test begins: another image is another version. */
  let program: string;
  let broken: string;
  let port: number;
  let origin: string;
  let ada: Person;
  let token: string;
  let server: Fact;
  /** The hub's id, by which it marks what is its own. */
  let hub = "none";

  before(async () => {
    await removeAll();
    await ensureProgram("docker-compose", "docker-compose");
    program = copyProgram({});
    broken = copyProgram({
      "package.json": (text) => text.replace(/"version": "[^"]+"/, '"version": "100.0.0"'),
      "src/main/run-hub.ts": (text) =>
        text.replace("const paths =", 'if (plan.state !== "") throw new Error("does not work");\n  const paths ='),
    });
    engine = await startDocker();
    const root = await makeBusyboxRoot();
    await docker("import", "--change", "USER 1000:100", root.tarPath, IMAGE);
    await docker("import", "--change", "LABEL stranger=yes", root.tarPath, STRANGER);
    await root.close();
    port = await lowPort();
    origin = `http://127.0.0.1:${port}`;
    configure("");
  });
  after(async () => {
    if (engine === undefined) return;
    const left = await ours("--all");
    if (left.length > 0) await docker("rm", "--force", ...left);
    // A network that is left stays as a bridge of this machine when the daemon is gone, and holds its addresses.
    for (const kind of ["network", "volume"]) for (const name of await marked(kind)) await docker(kind, "rm", name);
    await docker("image", "rm", "--force", IMAGE);
    await engine.close();
    await removeAll();
    for (const copy of [program, broken]) rmSync(copy, { recursive: true, force: true });
  });

  test("plan names what it would do and does nothing of it", async () => {
    const said = await hublet("plan");
    for (const words of ["create the account", "load hublet-hub", "compose.yaml", "Nobody is disturbed"])
      assert.match(said, new RegExp(words));
    await assert.rejects(execute("getent", ["passwd", ACCOUNT]));
    assert.deepEqual(await ours("--all"), []);
  });

  test("apply brings a hub where the first admin signs in and works, on a port below 1024", async () => {
    await hublet("apply", "--yes");
    ada = new Person(origin, "admin");
    await ada.claim(await link("admin"));
    token = await ada.token();
    await ada.start("");
    server = await serverOf();
    hub = await docker("inspect", "--format", '{{index .Config.Labels "hublet.hub"}}', server.id);
    const write = "mkdir -p /home/jovyan/user/admin && echo kept > /home/jovyan/user/admin/work.txt";
    await docker("exec", server.name, "sh", "-c", write);
    assert.equal((await ada.open("/user/admin/work.txt")).text.trim(), "kept");
  });

  test("hub and proxy are the account, without rights and without Docker's socket, and publish nothing", async () => {
    const uid = (await execute("id", ["-u", ACCOUNT])).stdout.trim();
    for (const name of PARTS) {
      const pid = await docker("inspect", "--format", "{{.State.Pid}}", name);
      const status = (await execute("cat", [`/proc/${pid}/status`])).stdout;
      assert.match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, "m"), name);
      assert.match(status, /^CapEff:\s+0+$/m, name);
      assert.match(status, /^CapPrm:\s+0+$/m, name);
      assert.match(status, /^NoNewPrivs:\s+1$/m, name);
      assert.equal(await docker("inspect", "--format", "{{json .HostConfig.PortBindings}}", name), "{}");
    }
  });

  test("a second apply finds nothing to do, and status, logs and a command in the hub answer", async () => {
    assert.match(await hublet("apply", "--yes"), /Nothing to do/);
    assert.match(await hublet("status"), /answers at/);
    assert.match(await hublet("logs", "proxy"), /Proxy API at/);
    assert.match(await hublet("user", "list"), /admin/);
  });

  test("the doctor looks into containers of Docker, and says nothing of an engine that is not there", async () => {
    const { stdout } = await calling(program, ["doctor", "--deep", "--json"]).catch((error: unknown) => {
      // What this very machine lacks is not the deployment's.
      assert.ok(error instanceof Error && "stdout" in error);
      return { stdout: String(error.stdout) };
    });
    const looked = checksSchema.parse(JSON.parse(stdout)).filter(({ outcome }) => outcome !== "skipped");
    const outcome = (id: string): string | undefined => looked.find((check) => check.id === id)?.outcome;
    const ours = ["docker-daemon", "docker-containers", "docker-limits", "units-changed", "units-restart"];
    for (const id of [...ours, "podman-secrets", "program-images", "container-volume", "container-hub"])
      assert.equal(outcome(id), "ok", id);
    for (const { id, title, note, findings } of looked)
      assert.doesNotMatch(JSON.stringify([title, note, findings]), /podman|rootless/i, id);
  });

  test("a changed limit holds at once and starts nothing anew", async () => {
    const before = await facts();
    configure("  memory: 384M\n");
    await hublet("apply", "--yes");
    await eventually(
      "the limit holds",
      async () => (/384 MiB/.test(await hublet("auth", "explain", "admin")) ? true : undefined),
      20,
    );
    assert.deepEqual(await facts(), before);
  });

  test("Compose takes hub and proxy down and up again: people, password, session, token, home and server are there", async () => {
    const running = await serverOf();
    await compose("down");
    assert.deepEqual(
      (await facts()).map(({ name }) => name),
      [running.name],
    );
    await compose("up", "--detach");
    await eventually("the hub answers", async () => ((await home()) === 200 ? true : undefined), 60);
    assert.deepEqual(await serverOf(), running);
    assert.equal((await ada.settled("", 60)).state, "ready", "it was adopted");
    assert.equal((await ada.open("/user/admin/work.txt")).text.trim(), "kept");
    const answer = await fetch(`${origin}/hub/api/user`, { headers: { authorization: `token ${token}` } });
    assert.equal(answer.status, 200);
    assert.equal((await new Person(origin, "admin").signIn(PASSWORD)).status, 302);
    assert.match(await hublet("plan"), /Nothing to do/);
  });

  test("what concerns no container starts none anew, and rollback returns to the text before", async () => {
    const before = await facts();
    const text = configure(
      "  memory: 384M\n",
      "database: sqlite\ndeploy: {engine: docker, account: hublet-dockertest, firewall: false, keep: 3}\n",
    );
    await hublet("apply", "--yes");
    assert.deepEqual(await facts(), before, "how many generations are kept is nobody's concern");
    await hublet("rollback", "--yes");
    assert.notEqual((await execute("cat", [join(CONFIG, "hublet.yaml")])).stdout, text);
    assert.deepEqual(await facts(), before);
  });

  test("a new version that does not work is taken back by itself, and the server goes on", async () => {
    const running = await serverOf();
    const { code, stderr } = await failing(broken, "upgrade", "--yes");
    assert.equal(code, 1);
    assert.match(stderr, /does not work/);
    assert.match(stderr, /Generation \d+ was put back, and answers/);
    assert.deepEqual(await serverOf(), running);
    assert.match(await hublet("plan"), /Nothing to do/);
  });

  test("uninstall leaves no container, account or key of Docker's, and keeps the data", async () => {
    assert.match(await hublet("uninstall", "--dry-run"), /One running server is stopped/);
    // As a database's image may: a number means somebody else in each container.
    const uid = (await execute("id", ["-u", ACCOUNT])).stdout.trim();
    const stranger = await docker("run", "--detach", "--user", uid, STRANGER, "/bin/busybox", "sleep", "900");
    await hublet("uninstall", "--yes");
    assert.equal(await docker("inspect", "--format", "{{.State.Running}}", stranger), "true");
    await docker("rm", "--force", stranger);
    assert.deepEqual(await ours("--all"), []);
    await assert.rejects(execute("getent", ["passwd", ACCOUNT]));
    assert.ok(readdirSync(join(HOME, "state")).includes("hublet.db"));
    assert.ok(readdirSync(join(HOME, "state/secrets")).includes("hub.key"));
    assert.deepEqual([(await marked("network")).length, (await marked("volume")).length], [0, 1]);
    assert.ok(!readdirSync(RECORDS).some((name) => ["compose.yaml", ".env", "secrets"].includes(name)));
  });

  test("apply takes the same data up again, and uninstall with --erase-data leaves nothing", async () => {
    await hublet("apply", "--yes");
    assert.equal((await new Person(origin, "admin").signIn(PASSWORD)).status, 302);
    assert.equal(await home(), 200, "the session of before");
    await ada.start("");
    assert.equal((await ada.open("/user/admin/work.txt")).text.trim(), "kept");
    await hublet("uninstall", "--yes", "--erase-data");
    assert.deepEqual(await ours("--all"), []);
    assert.deepEqual(await marked("volume"), []);
    await assert.rejects(execute("ls", [HOME]));
  });

  function configure(
    server: string,
    more = `deploy: {engine: docker, account: ${ACCOUNT}, firewall: false}\n`,
  ): string {
    const command = '[/bin/busybox, httpd, -f, -p, "{port}", -h, /home/jovyan]';
    const text = `listen: 127.0.0.1:${port}
engineSocket: ${engine.socketPath}
${more}server:
  image: ${IMAGE}
  protocol: http
  command: ${command}
  defaultUrl: /work.txt
${server}`;
    mkdirSync(CONFIG, { recursive: true });
    writeFileSync(join(CONFIG, "hublet.yaml"), text);
    return text;
  }

  async function hublet(...words: string[]): Promise<string> {
    const { stdout, stderr } = await calling(program, words);
    return stdout + stderr;
  }

  /** A call that ends badly. */
  async function failing(version: string, ...words: string[]): Promise<{ code: unknown; stderr: string }> {
    try {
      return { code: 0, ...(await calling(version, words)) };
    } catch (error) {
      assert.ok(error instanceof Error && "code" in error && "stderr" in error);
      return { code: error.code, stderr: String(error.stderr) };
    }
  }

  function calling(version: string, words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const options = ["--account", ACCOUNT, "--config", join(CONFIG, "hublet.yaml")];
    return execute(join(version, "hublet"), [...words, ...options], {
      env: { ...process.env, NO_COLOR: "1" },
      timeout: 300_000,
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  async function link(name: string): Promise<string> {
    const said = await execute(join(program, "hublet"), [
      "user",
      "passwd",
      name,
      "--link",
      "--json",
      "--account",
      ACCOUNT,
    ]);
    return (JSON.parse(said.stdout) as { url: string }).url;
  }

  async function docker(...words: string[]): Promise<string> {
    const { stdout } = await execute("docker", ["--host", `unix://${engine.socketPath}`, ...words]);
    return stdout.trim();
  }

  async function compose(...words: string[]): Promise<void> {
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socketPath}` };
    await execute("docker-compose", words, { cwd: RECORDS, env, timeout: 120_000 });
  }

  /** Ids of the deployment's containers and of people's servers; the daemon may be this host's, with others in it. */
  async function ours(...options: string[]): Promise<string[]> {
    const list = (filter: string) => docker("ps", "--quiet", "--no-trunc", ...options, "--filter", filter);
    const found = [await list(`label=com.docker.compose.project=${ACCOUNT}`), await list(`ancestor=${IMAGE}`)];
    return found.flatMap((text) => text.split("\n")).filter((id) => id !== "");
  }

  /** Networks or volumes of people's servers. */
  async function marked(kind: string): Promise<string[]> {
    const names = await docker(kind, "ls", "--quiet", "--filter", `label=hublet.hub=${hub}`);
    return names.split("\n").filter((name) => name !== "");
  }

  /** What runs. */
  async function facts(): Promise<readonly Fact[]> {
    const ids = await ours();
    const lines = await docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...ids);
    return lines
      .split("\n")
      .map((line) => line.split(" "))
      .map(([name = "", id = "", started = ""]) => ({ name: name.slice(1), id, started }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async function serverOf(): Promise<Fact> {
    const [found] = (await facts()).filter(({ name }) => !PARTS.includes(name));
    assert.ok(found, "a server runs");
    return found;
  }

  const home = async (): Promise<number | undefined> => (await ada.open("/hub/home").catch(() => undefined))?.status;
});

/** One that only root may open, on the loopback address. */
async function lowPort(): Promise<number> {
  for (let candidate = 700; candidate < 1000; candidate++) {
    const probe = createServer().listen(candidate, "127.0.0.1");
    const free = (await once(probe, "listening").catch(() => undefined)) !== undefined;
    probe.close();
    if (free) return candidate;
  }
  throw new Error("no port below 1000 is free");
}

/** What an earlier run may have left. */
async function removeAll(): Promise<void> {
  await execute("userdel", [ACCOUNT]).catch(() => undefined);
  for (const path of [CONFIG, HOME, RECORDS]) rmSync(path, { recursive: true, force: true });
}
