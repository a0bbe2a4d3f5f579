import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type LockOwner, takeBuildLock } from "./build-lock.ts";

const quiet = (): void => undefined;
const patience = (): AbortSignal => AbortSignal.timeout(20_000);

describe("the lock of a build", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hublet-lock-"));
  });
  after(() => rm(folder, { recursive: true }));

  test("the second taker waits for the first, and hears who it is", async () => {
    const first = await takeBuildLock(folder, patience(), quiet);
    const waiting = Promise.withResolvers<LockOwner>();
    const second = takeBuildLock(folder, patience(), waiting.resolve);
    assert.equal((await waiting.promise).pid, process.pid);
    await first.close();
    await (await second).close();
    assert.deepEqual(await readdir(folder), []);
  });

  test("many takers hold it one after the other", async () => {
    let holders = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const lock = await takeBuildLock(folder, patience(), quiet);
        holders += 1;
        assert.equal(holders, 1);
        await new Promise((resolve) => setImmediate(resolve));
        holders -= 1;
        await lock.close();
      }),
    );
  });

  test("a lock whose process was killed is taken over, and one of a reused pid too", async () => {
    const lockModule = JSON.stringify(new URL("./build-lock.ts", import.meta.url).href);
    const script = `const { takeBuildLock } = await import(${lockModule});
      await takeBuildLock(${JSON.stringify(folder)}, new AbortController().signal, () => {});
      process.stdout.write("held"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const waiting = Promise.withResolvers<LockOwner>();
    const taken = takeBuildLock(folder, patience(), waiting.resolve);
    assert.equal((await waiting.promise).pid, child.pid);
    child.kill("SIGKILL");
    await (await taken).close();

    await writeFile(join(folder, "build.lock"), JSON.stringify({ pid: process.pid, startTime: "1", id: "x" }));
    await (await takeBuildLock(folder, patience(), () => assert.fail("nobody holds it"))).close();
  });

  test("waiting ends with its signal", async () => {
    const first = await takeBuildLock(folder, patience(), quiet);
    const abort = new AbortController();
    const second = takeBuildLock(folder, abort.signal, () => abort.abort(new Error("enough")));
    await assert.rejects(second, /enough/);
    await first.close();
  });
});
