import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { cleanEnvironment } from "./become.ts";

const root = process.geteuid?.() === 0;
const me = { name: "me", uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, home: "/" };
/** Root becomes nobody; anybody else can only become themselves. */
const account = root ? { name: "nobody", uid: 65_534, gid: 65_534, home: "/" } : me;

/** A process that calls `reexecAs` and exits as the child did. */
function program(argv: readonly string[], groups: readonly number[] = []): readonly string[] {
  const options = JSON.stringify({ account, argv, env: { ADDED: "yes" }, groups });
  const source = `import { reexecAs } from ${JSON.stringify(new URL("./become.ts", import.meta.url).href)};
process.exitCode = await reexecAs(${options});`;
  return [process.execPath, "--input-type=module", "-e", source];
}

function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [command = "", ...args] = argv;
  return spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
}

async function output(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text };
}

async function said(child: ChildProcess, word: string): Promise<void> {
  for await (const part of child.stdout ?? []) if (String(part).includes(word)) return;
}

describe("becoming the account", () => {
  it("drops user, group and every supplementary group", async () => {
    const argv = program(["grep", "-E", "^(Uid|Gid|Groups):", "/proc/self/status"]);
    const { text } = await output(start(root ? ["setpriv", "--groups", "0,4,20", ...argv] : argv));
    const [uid, gid, groups] = text.split("\n");
    assert.equal(uid, `Uid:${`\t${account.uid}`.repeat(4)}`);
    assert.equal(gid, `Gid:${`\t${account.gid}`.repeat(4)}`);
    if (root) assert.equal(groups?.trim(), "Groups:");
  });

  it("gives the groups that are asked for, and no other", async (t) => {
    if (!root) return t.diagnostic("needs root");
    const { text } = await output(start(program(["grep", "^Groups:", "/proc/self/status"], [4321])));
    assert.equal(text.trim(), "Groups:\t4321");
    return undefined;
  });

  it("passes a clean environment", async () => {
    const { text } = await output(start(program(["env"]), { SECRET: "x", NO_COLOR: "1", LC_TIME: "C" }));
    const env = new Map(text.split("\n").map((line) => [line.split("=")[0], line]));
    assert.equal(env.get("HOME"), "HOME=/");
    assert.equal(env.get("USER"), `USER=${account.name}`);
    assert.equal(env.get("NO_COLOR"), "NO_COLOR=1");
    assert.equal(env.get("LC_TIME"), "LC_TIME=C");
    assert.equal(env.get("ADDED"), "ADDED=yes");
    assert.equal(env.get("SECRET"), undefined);
    assert.deepEqual(cleanEnvironment(account, { PATH: "/root/bin" }).PATH?.includes("/root"), false);
  });

  it("passes the exit code through, also of a program that a signal ended", async () => {
    assert.equal((await output(start(program(["sh", "-c", "exit 7"])))).code, 7);
    assert.equal((await output(start(program(["sh", "-c", "kill -KILL $$"])))).code, 137);
  });

  it("says when the program cannot be started", async () => {
    const child = spawn(process.execPath, program(["/nonexistent/program"]).slice(1), {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    await once(child, "close");
    assert.match(text, /cannot be started as/);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`passes ${signal} on`, async () => {
      const trap = `trap 'exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
      const child = start(program(["sh", "-c", trap]));
      await said(child, "ready");
      const closed = once(child, "close");
      child.kill(signal);
      assert.deepEqual(await closed, [9, null]);
    });
  }

  it("passes a terminal's Ctrl-C on, once, to a child that does not have root's terminal", async () => {
    // Field 7 of stat is the controlling terminal; 0 is none: nothing can be typed into root's shell from there.
    const trap =
      "trap 'echo got-it; stop=1' INT; read -r _ _ _ _ _ _ tty _ </proc/self/stat; echo ready tty=$tty; while [ -z \"$stop\" ]; do sleep 0.1; done; sleep 0.5; exit 3";
    const quoted = program(["sh", "-c", trap]).map((part) => `'${part.replaceAll("'", "'\\''")}'`);
    // `script` gives it a real terminal; what is written to its input is typed there.
    const child = spawn("script", ["-qec", `exec ${quoted.join(" ")}`, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (/ready/.test(part)) child.stdin.write("\x03");
    });
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 3);
    assert.equal(text.match(/got-it/g)?.length, 1);
    assert.match(text, /tty=0\b/);
  });
});
