/**
 * On a machine with control groups of version 2 and every controller: a server's limits are read back from its own control
 * group, and a kill for want of memory is told to its person as such.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import { programImages } from "../../src/deploy/index.ts";
import { eventually, freePort } from "../support/hub.ts";
import { PROGRAM_ROOT } from "../support/program-copy.ts";
import { SshHome } from "../support/ssh-home.ts";

const VM = join(import.meta.dirname, "../support/vm.sh");
const MIB = 1024 * 1024;
const MOST_TURNS = 4;
const IMAGE = "localhost/hublet-test/eater:1";
/** Answers; at `/eat` it takes memory until somebody stops it. */
const SERVER = `
const http = require("node:http");
const eaten = [];
http.createServer((request, response) => {
  if (request.url.endsWith("/eat")) setInterval(() => eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 50);
  response.end("here");
}).listen(8888, "0.0.0.0");
`;

const peopleSchema = z.array(
  z.object({
    name: z.string(),
    servers: z.array(
      z.object({ state: z.string(), failure: z.object({ code: z.string(), message: z.string() }).nullable() }),
    ),
  }),
);

describe("limits on a host that can enforce them", { timeout: 1_500_000 }, () => {
  const ssh = new SshHome();
  const name = "limits";
  let folder: string;
  let target: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hublet-limits-"));
    const port = await freePort();
    const up = spawnSync("bash", [VM, "up", name, String(port)], { encoding: "utf8", timeout: 600_000 });
    assert.equal(up.status, 0, up.stderr);
    ssh.useKey(readFileSync(`/var/lib/hublet-vms/${name}/key`, "utf8"));
    ssh.knowHosts(readFileSync(`/var/lib/hublet-vms/${name}/known_hosts`, "utf8"));
    target = `root@127.0.0.1:${port}`;
    const { hub } = await programImages({ root: PROGRAM_ROOT, architecture: "x86_64" });
    const configuration = {
      listen: "127.0.0.1:8000",
      people: { names: ["ada"] },
      server: {
        ...{ image: IMAGE, protocol: "http", defaultUrl: "/", home: "/tmp/home", startTimeout: "300s" },
        ...{ command: ["-e", SERVER], memory: "192M", cpus: 0.5, pids: 64 },
      },
    };
    writeFileSync(join(folder, "hublet.yaml"), JSON.stringify(configuration));
    applied(["apply", "--yes", "--config", join(folder, "hublet.yaml"), "--host", target]);
    // The program's own image has all that such a server needs, but never runs as one under its own name.
    inAccount(`podman tag ${hub.reference} ${IMAGE}`);
    remote(["/usr/local/bin/hublet", "server", "start", "ada"]);
  });
  after(() => {
    spawnSync("bash", [VM, "down", name]);
    rmSync(folder, { recursive: true, force: true });
    ssh.remove();
  });

  test("memory, processor and processes are those of the configuration in the server's own control group", () => {
    const pid = inAccount("podman inspect jupyter-ada --format '{{.State.Pid}}'").trim();
    const group = remote(["cat", `/proc/${pid}/cgroup`])
      .trim()
      .replace("0::", "");
    // The container's own group, or that of its payload below.
    const read = (file: string): string =>
      remote([
        "sh",
        "-c",
        'cat "/sys/fs/cgroup$1/$2" 2>/dev/null || cat "/sys/fs/cgroup$(dirname "$1")/$2"',
        "sh",
        group,
        file,
      ]).trim();
    const values = ["memory.max", "cpu.max", "pids.max"].map(read);
    assert.deepEqual(values, [String(192 * MIB), "50000 100000", "64"]);
  });

  test("the doctor proves it with a container of its own", () => {
    const { stdout } = ssh.run([
      join(PROGRAM_ROOT, "hublet"),
      "doctor",
      "container-limits",
      "--deep",
      "--json",
      "--host",
      target,
    ]);
    assert.match(stdout, /"outcome": "ok"/);
  });

  test("a server that runs out of memory is stopped, and its person reads why", async () => {
    const port = inAccount("podman port jupyter-ada 8888").trim().split(":").at(-1);
    inAccount(
      `podman --url unix:///run/user/$(id -u)/podman/podman.sock exec hublet-hub /node -e 'fetch("http://127.0.0.1:${port}/user/ada/eat").then(() => 0, () => 0)'`,
    );
    const ended = await eventually(
      "the server ends",
      async () => {
        const people = peopleSchema.parse(JSON.parse(remote(["/usr/local/bin/hublet", "user", "list", "--json"])));
        const server = people.find(({ name: person }) => person === "ada")?.servers[0];
        return server?.state === "failed" ? server : undefined;
      },
      180,
    );
    assert.equal(ended.failure?.code, "out-of-memory");
    assert.match(ended.failure?.message ?? "", /more than its 192 MiB of memory while it was working/);
  });

  /** The emulated processor is slower than apply has patience; called again, it goes on and waits again. */
  function applied(words: readonly string[]): void {
    for (let turn = 1; ; turn += 1) {
      const { status, stdout, stderr } = ssh.run([join(PROGRAM_ROOT, "hublet"), ...words]);
      if (status === 0) return;
      const late = /the deployment did not answer|It was ended after \d+ seconds/.test(stderr);
      assert.ok(late && turn < MOST_TURNS, `${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
    }
  }

  function remote(argv: readonly string[]): string {
    const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const { status, stdout, stderr } = spawnSync("bash", [VM, "ssh", name, quoted], {
      encoding: "utf8",
      timeout: 400_000,
    });
    assert.equal(status, 0, `${quoted}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** A line of shell as the service account. */
  function inAccount(line: string): string {
    const enter =
      'cd /var/lib/hublet; uid=$(id -u hublet); exec runuser -u hublet -- env HOME=/var/lib/hublet XDG_RUNTIME_DIR=/run/user/$uid sh -c "$1"';
    return remote(["sh", "-c", enter, "sh", line]);
  }
});
