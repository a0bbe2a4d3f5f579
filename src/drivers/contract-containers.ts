/** The part of the contract that only container engines can keep. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { endOf, eventually, fetched, patience, type Subject, serving, watching } from "./contract-support.ts";

export function containerContract(subject: () => Subject): void {
  test("no capability is left, and none can be gained", async () => {
    const { driver, spec } = subject();
    const launch = await spec(serving("cp /proc/self/status status"));
    const running = await driver.start(launch, { signal: patience() });
    const status = await fetched(`${running.url}/status`);
    assert.match(status, /^CapEff:\s+0{16}$/m);
    assert.match(status, /^CapBnd:\s+0{16}$/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    await driver.stop(launch.name, { graceSeconds: 5 });
  });

  test("the root is read-only when asked or when the image says so, and /tmp can still be written and run from", async () => {
    const { driver, spec } = subject();
    const script = serving(
      "(touch /etc/x && echo writable || echo read-only) > root 2>&1; cp /bin/busybox /tmp/busybox; /tmp/busybox id > id",
    );
    for (const [readOnlyRoot, expected] of [
      [true, /read-only/],
      ["auto", /read-only/],
      [false, /^writable/],
    ] as const) {
      const launch = await spec(script, { readOnlyRoot, user: "0:0" });
      const running = await driver.start(launch, { signal: patience() });
      assert.match(await fetched(`${running.url}/root`), expected);
      assert.match(await fetched(`${running.url}/id`), /uid=0/);
      await driver.stop(launch.name, { graceSeconds: 5 });
    }
  });

  test("a new volume gets the image's files with their owner, and survives without having been made first", async () => {
    const { driver, spec, volume } = subject();
    const mounts = [{ kind: "volume", source: volume(), target: "/home/jovyan", readOnly: false }] as const;
    const launch = await spec(serving('busybox ls -Aln "$HOME" > files; touch "$HOME/mine"; busybox id > id'), {
      mounts,
    });
    const running = await driver.start(launch, { signal: patience() });
    const files = await fetched(`${running.url}/files`);
    assert.match(files, /\s1000\s+100\s.*\.profile/);
    assert.match(files, /\s1000\s+100\s.*sub/);
    assert.match(await fetched(`${running.url}/id`), /uid=1000.* gid=100/);
    await driver.stop(launch.name, { graceSeconds: 5 });
    const again = await spec(serving('busybox ls -A "$HOME" > files'), { mounts });
    const second = await driver.start(again, { signal: patience() });
    assert.match(await fetched(`${second.url}/files`), /mine/);
    await driver.stop(again.name, { graceSeconds: 5 });
  });

  test("a bind mount shows the host's folder, and a read-only one cannot be written", async () => {
    const { driver, spec } = subject();
    const folder = await mkdtemp(join(tmpdir(), "hublet-bind with: signs-"));
    try {
      await writeFile(join(folder, "shared"), "for all\n");
      await chmod(folder, 0o777);
      const script = serving("cp /data/shared shared; (touch /data/x && echo yes || echo no) > wrote 2>/dev/null");
      for (const readOnly of [true, false]) {
        const launch = await spec(script, { mounts: [{ kind: "bind", source: folder, target: "/data", readOnly }] });
        const running = await driver.start(launch, { signal: patience() });
        assert.equal(await fetched(`${running.url}/shared`), "for all\n");
        assert.equal(await fetched(`${running.url}/wrote`), readOnly ? "no\n" : "yes\n");
        await driver.stop(launch.name, { graceSeconds: 5 });
      }
      // Podman takes mounts as text with commas: more than a path could hide in there.
      const odd = `${folder}/x,dst=/etc`;
      await mkdir(odd, { recursive: true });
      const tricky = await spec(serving("ls /data > data"), {
        mounts: [{ kind: "bind", source: odd, target: "/data", readOnly: true }],
      });
      if (driver.kind === "podman") {
        await assert.rejects(driver.start(tricky, { signal: patience() }), /cannot be mounted.*comma/);
      } else {
        const running = await driver.start(tricky, { signal: patience() });
        assert.equal(await fetched(`${running.url}/data`), "");
        await driver.stop(tricky.name, { graceSeconds: 5 });
      }
      const missing = await spec(serving(), {
        mounts: [{ kind: "bind", source: "/no/such/folder", target: "/data", readOnly: true }],
      });
      await assert.rejects(driver.start(missing, { signal: patience() }), {
        code: "mount-missing",
        message: /\/no\/such\/folder, which belongs at \/data, is not there/,
      });
      assert.equal(await driver.observe(missing.name), undefined);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a folder that the engine's account may not reach is told from a server's own troubles", async () => {
    const { driver, spec } = subject();
    const folder = await mkdtemp(join(tmpdir(), "hublet-closed-"));
    await mkdir(join(folder, "inside"));
    await chmod(folder, 0o000);
    try {
      const mounts = [{ kind: "bind", source: join(folder, "inside"), target: "/data", readOnly: true }] as const;
      const launch = await spec(serving(), { mounts });
      if ((await driver.capabilities()).rootless) {
        await assert.rejects(driver.start(launch, { signal: patience() }), {
          code: "mount-missing",
          message: /hublet-closed-.*\/inside, which belongs at \/data, .* let the account that runs \w+ into/,
        });
        assert.equal(await driver.observe(launch.name), undefined);
      } else {
        await driver.start(launch, { signal: patience() });
        await driver.stop(launch.name, { graceSeconds: 5 });
      }
    } finally {
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true });
    }
  });

  test("a server has the user and the further groups that it is given", async () => {
    const { driver, spec } = subject();
    const launch = await spec(serving("busybox id > id"), { user: "2001:2002", groups: [3001, 3002] });
    const { url } = await driver.start(launch, { signal: patience() });
    // Podman writes lines for the numbers into /etc/passwd, which busybox then shows as names.
    const groups = (await fetched(`${url}/id`)).replace(/\(\w+\)/g, "");
    assert.match(groups, /^uid=2001 gid=2002 groups=(2002,)?3001,3002\n$/);
    await driver.stop(launch.name, { graceSeconds: 5 });
  });

  test("limits hold where they are claimed, and elsewhere do not keep a server from starting", async () => {
    const { driver, spec } = subject();
    const { memoryLimit, cpuLimit, pidsLimit } = await driver.capabilities();
    const read = (name: string, files: string) => `cat ${files} > ${name} 2>/dev/null`;
    const launch = await spec(
      serving(
        [
          read("memory", "/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"),
          read("cpu", "/sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
          read("pids", "/sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max"),
        ].join("; "),
      ),
      { limits: { memoryBytes: 201_326_592, cpus: 0.5, pids: 77 } },
    );
    const running = await driver.start(launch, { signal: patience() });
    const look = async (name: string) => await fetched(`${running.url}/${name}`);
    assert.equal(/^201326592$/m.test(await look("memory")), memoryLimit);
    assert.equal(/^50000\b/m.test(await look("cpu")), cpuLimit);
    assert.equal(/^77$/m.test(await look("pids")), pidsLimit);
    await driver.stop(launch.name, { graceSeconds: 5 });
  });

  test("a server that passes its memory limit is seen to have done so, where the limit is claimed", async () => {
    const { driver, hub, spec } = subject();
    const { memoryLimit } = await driver.capabilities();
    const script = "busybox sleep 0.3; exec busybox dd if=/dev/zero of=/dev/null bs=200M count=1";
    const launch = await spec(script, { limits: { memoryBytes: 32 * 1024 * 1024 } });
    const watched = await watching(driver, hub);
    try {
      await driver.start(launch, { signal: patience() });
      const end = await watched.find("it ended", endOf(launch.name));
      assert.equal(end.exitCode, memoryLimit ? 137 : 0);
      assert.equal((await driver.observe(launch.name))?.outOfMemory, memoryLimit ? true : undefined);
    } finally {
      await watched.close();
      await driver.stop(launch.name, { graceSeconds: 0 });
    }
  });

  test("a server reaches neither another server nor the host's loopback", async () => {
    const { driver, spec } = subject();
    const secret = createHttpServer((_request, response) => response.end("host-secret"));
    await new Promise<void>((resolve) => secret.listen(0, "127.0.0.1", resolve));
    const address = secret.address();
    assert.ok(address !== null && typeof address === "object");
    const victim = await spec(serving("echo victim-secret > index.html; busybox ip -4 addr > addresses"));
    const first = await driver.start(victim, { signal: patience() });
    try {
      assert.equal(await fetched(first.url), "victim-secret\n");
      const addresses = (await fetched(`${first.url}/addresses`)).matchAll(/inet (\d+\.\d+\.\d+\.\d+)/g);
      const published = new URL(first.url).port;
      const targets: [string, string | number][] = [...addresses].map(([, ip]) => [ip ?? "", victim.port]);
      for (const host of ["127.0.0.1", "10.0.2.2", "169.254.1.2", "$GATEWAY"]) {
        targets.push([host, address.port], [host, published]);
      }
      // Not wget: Debian's static busybox crashes when it looks up a name, even a number.
      const get = (host: string, port: string | number) =>
        `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox timeout -s KILL 1 busybox nc ${host} ${port}`;
      const tries = targets.map(([host, port]) => `${get(host, port)} >> reached 2>> refused`);
      const attacker = await spec(
        serving(
          [
            "echo own-secret > index.html",
            "GATEWAY=$(busybox ip route | busybox awk '/default/ {print $3}')",
            'test -n "$GATEWAY" || exit 8',
            ": > reached",
            'busybox httpd -p 127.0.0.1:9999 -h "$WWW"',
            `${get("127.0.0.1", 9999)} > own`,
            ...tries,
            "echo done > done",
          ].join("\n"),
        ),
      );
      const second = await driver.start(attacker, { signal: patience() });
      await fetched(`${second.url}/done`, 30_000);
      // The means of the attack work: it reaches itself.
      assert.match(await fetched(`${second.url}/own`), /own-secret/);
      assert.doesNotMatch(await fetched(`${second.url}/reached`), /victim|host/);
      await driver.stop(attacker.name, { graceSeconds: 5 });
    } finally {
      await driver.stop(victim.name, { graceSeconds: 5 });
      await new Promise((resolve) => secret.close(resolve));
    }
  });

  test("a server that ends at once fails the start with its last words, and leaves nothing", async () => {
    const { driver, spec } = subject();
    const launch = await spec("echo no such config >&2; exit 5");
    // The engine may answer before the process has ended; then it is an end like any other.
    const outcome = await driver.start(launch, { signal: patience() }).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      assert.equal("code" in outcome && outcome.code, "process-died");
      assert.match(JSON.stringify("facts" in outcome ? outcome.facts : {}), /no such config/);
      assert.equal(await driver.observe(launch.name), undefined);
    }
    await driver.stop(launch.name, { graceSeconds: 0 });
  });

  test("an image that is not there is missing, for a start and for a look", async () => {
    const { driver, spec } = subject();
    for (const readOnlyRoot of [false, "auto"] as const) {
      const launch = await spec(serving(), { image: "localhost/hublet-test/nowhere:1", readOnlyRoot });
      await assert.rejects(driver.start(launch, { signal: patience() }), { code: "image-missing" });
      assert.equal(await driver.observe(launch.name), undefined);
    }
    assert.equal(await driver.images?.inspect("localhost/hublet-test/nowhere:1"), undefined);
    await driver.images?.remove("localhost/hublet-test/nowhere:1");
  });

  test("an engine that does not answer is named with its socket and what to do", async () => {
    const { another } = subject();
    const lost = another({ socketPath: "/run/hublet-no-such-engine.sock" });
    await assert.rejects(lost.ping(patience()), {
      code: "engine-unreachable",
      message: /\/run\/hublet-no-such-engine\.sock: there is no such socket\. Start it with/,
    });
    await lost.close();
    const folder = await mkdtemp(join(tmpdir(), "hublet-mute-"));
    const mute = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => mute.listen(join(folder, "s"), resolve));
    const silent = another({ socketPath: join(folder, "s") });
    await assert.rejects(silent.list("x"), { code: "engine-unreachable" });
    await silent.close();
    await new Promise((resolve) => mute.close(resolve));
    await rm(folder, { recursive: true });
  });

  test("a watch that loses the engine reconnects, says that there was a gap, and goes on", async () => {
    const { another, hub, spec, socketPath } = subject();
    assert.ok(socketPath !== undefined);
    const folder = await mkdtemp(join(tmpdir(), "hublet-relay-"));
    const open = new Set<Socket>();
    const relay = createServer((client) => {
      const engine = connect(socketPath);
      for (const socket of [client, engine]) {
        open.add(socket);
        socket.on("error", () => undefined).on("close", () => open.delete(socket));
      }
      client.pipe(engine).pipe(client);
    });
    await new Promise<void>((resolve) => relay.listen(join(folder, "s"), resolve));
    const driver = another({ socketPath: join(folder, "s") });
    const watched = await watching(driver, hub);
    try {
      for (const socket of open) socket.destroy();
      await eventually("there is a second gap", async () => (watched.events.length > 1 ? true : undefined));
      assert.deepEqual(watched.events, [{ kind: "gap" }, { kind: "gap" }]);
      const launch = await spec(serving());
      await driver.start(launch, { signal: patience() });
      await driver.stop(launch.name, { graceSeconds: 5 });
      await watched.find("the end is told", endOf(launch.name));
    } finally {
      await watched.close();
      await driver.close();
      await new Promise((resolve) => relay.close(resolve));
      await rm(folder, { recursive: true });
    }
  });
}
