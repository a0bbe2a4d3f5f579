import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { hostContract } from "./contract.ts";
import type { OpenHostOptions } from "./open.ts";
import { openHost } from "./open.ts";
import type { Sshd } from "./sshd.fixture.ts";
import { CHATTERBOX, SUDO_PASSWORD, SUDOER, startSshd } from "./sshd.fixture.ts";

const quiet = { interactive: false, note: () => undefined } as const;

if (process.geteuid?.() === 0) {
  describe("a host behind ssh", () => {
    let sshd: Sshd;
    before(async () => {
      sshd = await startSshd();
    });
    after(() => sshd.close());

    const as = (user: string): OpenHostOptions => ({
      ...quiet,
      target: `${user}@127.0.0.1:${sshd.port}`,
      identityFile: sshd.identityFile,
      knownHosts: sshd.knownHosts,
    });

    hostContract("root behind ssh", () => as("root"));

    it("is refused when its key is not the known one, or none is known", async () => {
      for (const [knownHosts, why] of [
        [sshd.wrongKnownHosts, /reached: Host key for \S+ has changed\. Compare/],
        ["/dev/null", /verification failed|host key is known/],
      ] as const)
        await assert.rejects(openHost({ ...as("root"), knownHosts }), isHubError("host-unreachable", why));
    });

    it("is unreachable where nothing listens, in ssh's own words", async () => {
      await assert.rejects(
        openHost({ ...as("root"), target: "root@127.0.0.1:9" }),
        isHubError("host-unreachable", /refused.*ssh root@127\.0\.0\.1:9/),
      );
    });

    it("tells a dropped connection from a command that fails", async () => {
      const host = await openHost(as("root"));
      const seen = Promise.withResolvers<void>();
      const running = host.run(["sh", "-c", "echo here; sleep 600"], { onLine: () => seen.resolve() });
      await seen.promise;
      // The session's own process of the server, not its listener.
      const children = readFileSync(`/proc/${sshd.process}/task/${sshd.process}/children`, "utf8");
      const [session = ""] = children.split(" ");
      process.kill(Number(session), "SIGKILL");
      await assert.rejects(running, isHubError("host-unreachable", /cannot be reached/));
      await assert.rejects(host.run(["true"]), isHubError("host-unreachable", /cannot be reached/));
      await host.close();
    });

    it("is not used where the login shell prints text into every answer", async () => {
      await assert.rejects(openHost(as(CHATTERBOX)), isHubError("host-unsuitable", /Welcome back!/));
    });

    it("asks once for sudo's password, again when it was wrong, and hands commands their input alone", async () => {
      const asked: string[] = [];
      const answers = ["wrong", SUDO_PASSWORD];
      const host = await openHost({
        ...as(SUDOER),
        interactive: true,
        askSecret: async (question) => {
          asked.push(question);
          return answers.shift();
        },
      });
      try {
        const { stdout, stderr } = await host.mustRun(["sh", "-c", "id -u; cat"], { input: "a\nb" });
        assert.deepEqual([stdout, stderr], ["0\na\nb", ""]);
        assert.equal(asked.length, 2);
        const processes = await host.mustRun(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]);
        assert.ok(!processes.stdout.includes(SUDO_PASSWORD), "it is on no command line");
      } finally {
        await host.close();
      }
    });

    it("gives up after three wrong passwords, and where nobody can be asked", async () => {
      let asked = 0;
      const askSecret = async (): Promise<string> => `wrong ${++asked}`;
      await assert.rejects(openHost({ ...as(SUDOER), interactive: true, askSecret }), isHubError("forbidden", /sudo/));
      assert.equal(asked, 3);
      await assert.rejects(openHost(as(SUDOER)), isHubError("forbidden", /asks for a password/));
    });
  });
} else {
  describe("a host behind ssh", () => {
    it("refuses a host that ssh would take for an option, before anything is started", async () => {
      await assert.rejects(openHost({ ...quiet, target: "-oProxyCommand=id" }), isHubError("bad-request", /no host/));
    });
  });
}

function isHubError(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}
