/** What every implementation of the port must do; run over both against real processes and files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { HubError } from "../../kernel/index.ts";
import { fileContract } from "./contract-files.ts";
import type { OpenHostOptions } from "./open.ts";
import { openHost } from "./open.ts";
import type { Host, HostUser } from "./port.ts";

/** Somebody without rights, who is there on every host. */
const NOBODY_ID = 65_534;

/** @param options given anew for each connection; plain data, so that another process can be given it too */
export function hostContract(name: string, options: () => OpenHostOptions): void {
  describe(`a host: ${name}`, () => {
    let host: Host;
    let folder: string;
    let nobody: HostUser;

    before(async () => {
      host = await openHost(options());
      // In /run, which is root's alone: in /tmp root would refuse to write.
      folder = await mkdtemp("/run/hublet-contract-");
      await chmod(folder, 0o755);
      const home = join(folder, "home");
      await mkdir(home);
      await chown(home, NOBODY_ID, NOBODY_ID);
      nobody = { name: "nobody", uid: NOBODY_ID, gid: NOBODY_ID, home };
    });
    after(async () => {
      await host.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function pidFrom(file: string): Promise<number> {
      const read = async (): Promise<string> => await readFile(file, "utf8").catch(() => "");
      return Number(await until(async () => /^\d+\n$/.exec(await read())?.[0], `a process number in ${file}`));
    }

    it("runs commands as root, in a place and with a path that do not depend on who calls", async () => {
      const { stdout } = await host.mustRun(["sh", "-c", "id -u; pwd; echo $PATH; echo $ADDED"], {
        env: { ADDED: "a b" },
      });
      assert.deepEqual(stdout.split("\n").slice(0, 4), [
        ...["0", "/", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "a b"],
      ]);
    });

    it("hands arguments over as they are, whatever is in them", async () => {
      const word = fc.oneof(
        fc.string({ unit: fc.constantFrom(..."'\"\\$`!~*?[]{}()<>|&;#=% \n\t-ab€") }),
        fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "").toWellFormed()),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 20 }), async (words) => {
          const { stdout } = await host.mustRun(["printf", "%s\\0", ...words]);
          assert.deepEqual(stdout.split("\0").slice(0, -1), words);
        }),
        { numRuns: 15 },
      );
    });

    it("carries binary input and output unharmed, from and to streams too", async () => {
      const data = randomBytes(3_000_000);
      for (const input of [data, Readable.from([data.subarray(0, 1_000_000), data.subarray(1_000_000)])]) {
        const output = collector();
        const result = await host.mustRun(["cat"], { input, output: output.stream });
        assert.equal(result.stdout, "");
        assert.ok(output.data().equals(data));
      }
    });

    it("gives exit codes, and what was said on either side", async () => {
      for (const code of [0, 1, 77, 255]) {
        const result = await host.run(["sh", "-c", 'echo out; echo err >&2; exit "$1"', "sh", String(code)]);
        assert.deepEqual(result, { code, stdout: "out\n", stderr: "err\n" });
      }
      assert.equal((await host.run(["hublet-no-such-program"])).code, 127);
      assert.notEqual((await host.run(["sh", "-c", "kill -s KILL $$"])).code, 0);
    });

    it("says what failed where it must not", async () => {
      await assert.rejects(host.mustRun(["sh", "-c", "echo it burns >&2; exit 3"]), (error) => {
        assert.ok(error instanceof HubError);
        assert.equal(error.code, "command-failed");
        assert.match(error.message, /it burns/);
        assert.match(error.message, /code 3/);
        return true;
      });
    });

    it("reports lines as they come", async () => {
      const lines: string[] = [];
      // It ends only when its first line has been answered.
      let answer: (() => void) | undefined;
      const input = new Readable({ read: () => undefined });
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const running = host.mustRun(["sh", "-c", "echo first; read reply; printf 'then %s' \"$reply\""], {
        input,
        onLine: (line) => {
          lines.push(line);
          answer?.();
        },
      });
      await answered;
      input.push("yes\n");
      input.push(null);
      await running;
      assert.deepEqual(lines, ["first", "then yes"]);
    });

    it("ends a command, and what it started, when its time is over", async () => {
      const file = join(folder, "late");
      const result = await host.run(["sh", "-c", '(echo $$ > "$1"; sleep 600) & wait', "sh", file], { timeout: 1500 });
      assert.equal(result.code, -1);
      assert.match(result.stderr, /ended after 1.5 seconds/);
      await gone(await pidFrom(file));
    });

    it("ends a command when nobody wants it any more", async () => {
      const file = join(folder, "aborted");
      const wish = new AbortController();
      const running = host.run(["sh", "-c", 'echo $$ > "$1"; exec sleep 600', "sh", file], { signal: wish.signal });
      const pid = await pidFrom(file);
      wish.abort(new Error("changed my mind"));
      await assert.rejects(running, /changed my mind/);
      await gone(pid);
      await assert.rejects(host.run(["true"], { signal: wish.signal }), /changed my mind/);
    });

    it("ends a command whose input fails in the middle, instead of letting it think that was all", async () => {
      const file = join(folder, "half");
      const input = Readable.from(
        (async function* () {
          yield "half";
          await until(async () => existsSync(file), "the command to begin");
          throw new Error("the source broke");
        })(),
      );
      const argv = ["sh", "-c", 'echo > "$1"; cat > /dev/null; echo whole > "$1.done"', "sh", file];
      await assert.rejects(host.run(argv, { input }), /the source broke/);
      assert.ok(!existsSync(`${file}.done`));
    });

    it("runs commands as an account, with its environment and nothing of ours", async () => {
      const { stdout } = await host.mustRun(["sh", "-c", "id -u; id -g; id -G; env"], {
        as: nobody,
        env: { ADDED: "yes" },
      });
      const [uid, gid, groups, ...environment] = stdout.trim().split("\n");
      assert.deepEqual([uid, gid, groups?.split(" ").includes("0")], [String(NOBODY_ID), String(NOBODY_ID), false]);
      const wanted = [
        `HOME=${nobody.home}`,
        ...["USER=nobody", "LOGNAME=nobody", `XDG_RUNTIME_DIR=/run/user/${NOBODY_ID}`, "ADDED=yes"],
        `DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/${NOBODY_ID}/bus`,
      ];
      for (const entry of wanted) assert.ok(environment.includes(entry), entry);
      assert.ok(!environment.some((entry) => /^(SUDO|SSH)_/.test(entry)));
      assert.notEqual((await host.run(["cat", "/etc/shadow"], { as: nobody })).code, 0);
    });

    fileContract(() => ({ host, folder, nobody }));

    it("is changed by one at a time, who is named to others", async () => {
      const lock = await host.lock();
      const second = await openHost(options());
      await assert.rejects(second.lock(), (error) => {
        assert.ok(error instanceof HubError);
        assert.equal(error.code, "host-busy");
        assert.match(error.message, new RegExp(`process ${process.pid}\\), since 20`));
        return true;
      });
      await lock.close();
      await (await second.lock()).close();
      await second.close();
    });

    it("ends what runs there and frees the lock when we are killed", async () => {
      const file = join(folder, "orphan");
      const holder = spawn(
        process.execPath,
        [
          "--disable-warning=ExperimentalWarning",
          fileURLToPath(new URL("holder.fixture.ts", import.meta.url)),
          JSON.stringify(options()),
          file,
        ],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      await once(holder.stdout, "data");
      const pid = await pidFrom(file);
      await assert.rejects(host.lock(), /process \d+/);
      holder.kill("SIGKILL");
      const lock = await until(async () => await host.lock().catch(() => undefined), "the lock");
      assert.ok(!existsSync(`/proc/${pid}`), "the lock is free only when the command has ended");
      await lock.close();
    });

    it("takes all that still runs along when it is closed", async () => {
      const short = await openHost(options());
      const file = join(folder, "left");
      const running = short.run(["sh", "-c", 'echo $$ > "$1"; sleep 600 & wait', "sh", file]);
      running.catch(() => undefined);
      const pid = await pidFrom(file);
      await short.close();
      await gone(pid);
    });
  });
}

/** Waits for something that is not undefined or false. */
async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await delay(20)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`waited in vain for ${what}`);
}

async function gone(pid: number): Promise<void> {
  await until(async () => !existsSync(`/proc/${pid}`), `the end of process ${pid}`);
}

function collector(): { readonly stream: Writable; readonly data: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, data: () => Buffer.concat(chunks) };
}
