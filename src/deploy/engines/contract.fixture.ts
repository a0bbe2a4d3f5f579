/** What both engines of deployments must do alike: run over a real one of each. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Closable } from "../../kernel/index.ts";
import type { Host, HostUser } from "../host/port.ts";
import type { ContainerUnit } from "../model/deployment.ts";
import type { DeploymentEngine } from "./port.ts";

export interface EngineHome extends Closable {
  readonly engine: DeploymentEngine;
  readonly host: Host;
  /** Of the deployment. */
  readonly account: HostUser;
  /** A folder that is the account's and nobody else's, on the host. */
  readonly folder: string;
  /** An image on the engine whose entry point `/node` is a shell: `-c`, then text. */
  readonly image: string;
  /** Writes what the engine starts these parts from, in place of what was there. */
  place(parts: readonly ContainerUnit[]): Promise<void>;
}

const PATIENCE_MS = 60_000;
const signal = new AbortController().signal;
/** Ends when it is told to, and not before. */
const STAYS = 'trap "exit 0" TERM; while :; do sleep 0.2; done';

export function deploymentEngineContract(name: string, open: () => Promise<EngineHome>): void {
  describe(`an engine of deployments: ${name}`, () => {
    let home: EngineHome;
    const part = (ending: string, script: string, more: Partial<ContainerUnit> = {}): ContainerUnit => ({
      ...{ name: `hublet-contract-${ending}`, description: "Of a test", image: home.image, command: ["-c", script] },
      ...{ environment: {}, volumes: [], network: "none", secrets: [], user: undefined, readOnlyRoot: true },
      ...{ tmpfs: ["/tmp"], engine: false, unconfined: false, after: [], sockets: [], restart: true, stopSeconds: 3 },
      ...{ schedule: undefined, successCodes: [], readyCommand: undefined, files: [], ...more },
    });
    const run = () => ({ host: home.host, signal });
    const startedAt = async (unit: ContainerUnit): Promise<string | undefined> => {
      const words = ["inspect", "--format", "{{.State.Running}} {{.State.StartedAt}}"];
      const container = home.engine.containerName(unit.name);
      const { code, stdout } = await home.engine.attempt(run(), home.account, [...words, container]);
      return code === 0 && stdout.startsWith("true ") ? stdout.trim() : undefined;
    };
    const given = async (secret: string): Promise<string> => {
      const file = join(home.folder, `${secret}.given`);
      await home.engine.secrets.giveBack(run(), home.account, secret, file);
      const { stdout } = await home.host.mustRun(["stat", "--format=%a %u", "--", file]);
      assert.equal(stdout.trim(), `600 ${home.account.uid}`);
      return (await home.host.readFile(file))?.toString("utf8") ?? "";
    };

    before(async () => {
      home = await open();
    });
    after(() => home?.close());

    it("starts a part from what lies on the host, starts it anew, and stops it, twice as well", async () => {
      const unit = part("stays", STAYS);
      await home.place([unit]);
      const { engine, account } = home;
      await engine.start(run(), account, unit.name);
      const first = await until("it runs", () => startedAt(unit));
      assert.equal(await engine.givenUp(home.host, account, unit.name), undefined);
      await engine.restart(run(), account, unit.name);
      const second = await until("it runs again", () => startedAt(unit));
      assert.notEqual(second, first);
      await engine.stop(run(), account, unit.name);
      await engine.stop(run(), account, unit.name);
      assert.equal(await startedAt(unit), undefined);
    });

    it("refuses a part that nothing on the host describes", async () => {
      await home.place([]);
      await assert.rejects(home.engine.start(run(), home.account, "hublet-contract-none"), { code: "command-failed" });
    });

    it("tells a part that ends as soon as it is started from one that runs, with its last words", async () => {
      const unit = part("ends", "echo it cannot be; echo at all >&2; exit 3");
      await home.place([unit]);
      const { engine, account, host } = home;
      // Whoever starts it need not hear that it ended.
      await engine.start(run(), account, unit.name).catch(() => undefined);
      try {
        const said = await until("it is given up", () => engine.givenUp(host, account, unit.name));
        assert.match(
          said,
          new RegExp(`${engine.containerName(unit.name)} (ended|ends as soon as it is started|failed)`),
        );
        const lines = await until("its words are there", async () => {
          const found = await engine.lastLines(host, account, [unit.name], 20);
          return found.includes("at all") && found.includes("it cannot be") ? found : undefined;
        });
        assert.ok(!lines.some((line) => line.includes("conmon")), lines.join("\n"));
      } finally {
        await engine.stop(run(), account, unit.name);
      }
    });

    it("hands a part its environment, its secrets, and rights to nothing else", async () => {
      const script =
        'echo "word $WORD"; echo "secret $(cat /run/secrets/contract.word)"; touch /bin/x 2>/dev/null || echo "root is closed"; touch /tmp/x && echo "tmp is open"; grep CapEff /proc/self/status; ' +
        STAYS;
      const unit = part("given", script, { environment: { WORD: "as it is $HOME" }, secrets: ["contract.word"] });
      const { engine, account, host } = home;
      await engine.secrets.createFrom(run(), account, "contract.word", "hunter2");
      await home.place([unit]);
      await engine.start(run(), account, unit.name);
      try {
        const wanted = ["word as it is $HOME", "secret hunter2", "root is closed", "tmp is open"];
        await until("it said everything", async () => {
          const lines = await engine.lastLines(host, account, [unit.name], 20);
          return wanted.every((line) => lines.includes(line)) && lines.some((line) => /^CapEff:\s+0+$/.test(line))
            ? true
            : undefined;
        });
        const { argv, as } = engine.inside(account, [
          "exec",
          engine.containerName(unit.name),
          "/bin/sh",
          "-c",
          "echo in",
        ]);
        assert.equal((await host.mustRun(argv, as === undefined ? {} : { as })).stdout.trim(), "in");
      } finally {
        await engine.stop(run(), account, unit.name);
        await engine.secrets.remove(run(), account, ["contract.word"]);
      }
    });

    it("keeps secrets: random ones, those of the account's files and given ones; empty ones are refused", async () => {
      const { secrets } = home.engine;
      const file = join(home.folder, "old.key");
      const write = (content: string) =>
        home.host.writeFiles([{ path: file, content, mode: 0o600 }], { as: home.account });
      await secrets.createRandom(run(), home.account, "contract.random");
      await secrets.createRandom(run(), home.account, "contract.other");
      await secrets.createFrom(run(), home.account, "contract.given", "line one\nline two");
      await write("of a file\n");
      await secrets.createFromFile(run(), home.account, "contract.file", file);
      const values = await Promise.all(["random", "other", "given", "file"].map((each) => given(`contract.${each}`)));
      assert.match(values[0] ?? "", /^[0-9a-f]{64}$/);
      assert.notEqual(values[0], values[1]);
      assert.deepEqual(values.slice(2), ["line one\nline two", "of a file"]);
      await write("");
      await assert.rejects(secrets.createFromFile(run(), home.account, "contract.empty", file), {
        code: "command-failed",
      });
      await secrets.remove(
        run(),
        home.account,
        ["random", "other", "given", "file"].map((each) => `contract.${each}`),
      );
      await assert.rejects(given("contract.random"), { code: "command-failed" });
    });

    it("takes no file for the account's that the account may not read, by whatever link", async () => {
      const link = join(home.folder, "link.key");
      await home.host.mustRun(["ln", "-sfT", "/etc/shadow", link], { as: home.account });
      const taken = home.engine.secrets.createFromFile(run(), home.account, "contract.link", link);
      await assert.rejects(taken, { code: "command-failed" });
      await assert.rejects(given("contract.link"), { code: "command-failed" });
    });

    it("runs the program for a moment like the hub, and without the engine unless it is asked for", async () => {
      const { engine, account, host, folder } = home;
      await engine.secrets.createFrom(run(), account, "contract.word", "hunter2");
      const mount = { readOnly: true, owned: false, propagation: "private", relabel: false } as const;
      const hub = part("hub", STAYS, {
        environment: { WORD: "w" },
        secrets: ["contract.word"],
        volumes: [{ source: folder, target: "/run/engine", ...mount }],
      });
      const script = `echo "$WORD $(cat /run/secrets/contract.word)"; echo made > ${folder}/made; [ -e /run/engine ] && echo engine || echo no engine`;
      const moment = async (wantsEngine: boolean): Promise<string> => {
        const program = { command: ["-c", script], engine: wantsEngine, folders: [folder] };
        const words = await engine.programWords(host, account, hub, program);
        assert.ok(!words.join(" ").includes("hunter2"));
        return (await engine.command(run(), account, words)).stdout;
      };
      try {
        assert.deepEqual((await moment(false)).trim().split("\n"), ["w hunter2", "no engine"]);
        assert.match(await moment(true), /^engine$/m);
        const { stdout } = await host.mustRun(["stat", "--format=%u", join(folder, "made")]);
        assert.equal(Number(stdout), account.uid, "it is the account outside");
      } finally {
        await engine.secrets.remove(run(), account, ["contract.word"]);
      }
    });

    it("says by command-failed what its program refused, and leaves it to the caller of what may fail", async () => {
      const words = ["inspect", "hublet-contract-nothing"];
      assert.notEqual((await home.engine.attempt(run(), home.account, words)).code, 0);
      await assert.rejects(home.engine.command(run(), home.account, words), {
        code: "command-failed",
        message: /hublet-contract-nothing/,
      });
    });
  });
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(performance.now() < end, `not in ${PATIENCE_MS} ms: ${what}`);
    await delay(100);
  }
}
