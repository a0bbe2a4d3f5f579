/** The part of the contract about builds by the engine, and about looking into an image. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { promisify } from "node:util";
import { HubError, Secret } from "../kernel/index.ts";
import type { ImageSubject } from "./contract-images.ts";
import { eventually, patience } from "./contract-support.ts";
import type { BuildOptions } from "./images-port.ts";

const run = promisify(execFile);

export function buildContract(subject: () => ImageSubject): void {
  test("a Containerfile becomes an image with arguments, target, labels and both names, and is told line by line", async () => {
    const { images, settings } = subject();
    const references = ["localhost/hublet-test/made:1", "localhost/hublet-test/made:two"];
    const lines: string[] = [];
    const file = [
      `FROM ${settings.reference} AS first`,
      "ARG WHO=nobody",
      "COPY --chown=1000:100 note.txt /home/jovyan/note.txt",
      "RUN echo hello $WHO; busybox cat /home/jovyan/note.txt",
      "FROM first AS second",
      "RUN exit 9",
    ];
    const made = await images.build(await folder({ "sub/Mine": file.join("\n"), "note.txt": "from the folder\n" }), {
      ...options("sub/Mine", references),
      target: "first",
      args: { WHO: "ada" },
      labels: { "org.hublet.made": 'a "b" c' },
      onLine: (line) => lines.push(line),
    });
    assert.ok(lines.includes("hello ada"), lines.join("\n"));
    assert.ok(lines.includes("from the folder"));
    assert.equal(made.labels["org.hublet.made"], 'a "b" c');
    for (const reference of references) assert.equal((await images.inspect(reference))?.id, made.id);
    for (const reference of references) await images.remove(reference);
  });

  test("a failed build says which instruction, its exit code, and its last lines", async () => {
    const { images, settings } = subject();
    const reference = "localhost/hublet-test/bad:1";
    const file = `FROM ${settings.reference}\nRUN echo the disk of doom; exit 3\n`;
    const failing = images.build(await folder({ Containerfile: file }), options("Containerfile", [reference]));
    await assert.rejects(failing, (error: unknown) => {
      assert.ok(error instanceof HubError && error.code === "image-build-failed");
      assert.match(error.message, /step 2 of \d, “RUN echo the disk of doom; exit 3”, ended with exit code 3/);
      assert.match(String(error.facts?.output), /^the disk of doom$/m);
      return true;
    });
    for (const [name, text] of [
      ["Containerfile", `FROM ${settings.reference}\nRUNN false\n`],
      ["Other", "FROM scratch\n"],
      ["Containerfile", "FROM 127.0.0.1:9/lab/none:1\n"],
    ] as const)
      await assert.rejects(images.build(await folder({ [name]: text }), options("Containerfile", [reference])), {
        code: "image-build-failed",
      });
    assert.equal(await images.inspect(reference), undefined);
  });

  test("a base image behind a sign-in is fetched with it", async () => {
    const { images, settings, registry, guarded } = subject();
    const quiet = { signal: patience(), onProgress: () => undefined };
    await images.tag(settings.reference, `${registry}/lab/base:1`);
    await images.push(`${registry}/lab/base:1`, quiet);
    await images.remove(`${registry}/lab/base:1`);
    const reference = "localhost/hublet-test/guarded:1";
    const file = `FROM ${guarded}/lab/base:1\nRUN echo here\n`;
    await assert.rejects(images.build(await folder({ Containerfile: file }), options("Containerfile", [reference])));
    await images.build(await folder({ Containerfile: file }), {
      ...options("Containerfile", [reference]),
      credentials: { [guarded]: { username: "ada", password: new Secret("lovelace") } },
    });
    await images.remove(reference);
    await images.remove(`${guarded}/lab/base:1`);
  });

  test("two builds at once do not disturb each other, and one that is cancelled leaves nothing running", async () => {
    const { images, settings } = subject();
    const build = async (number: number) => {
      const reference = `localhost/hublet-test/twin:${number}`;
      const file = `FROM ${settings.reference}\nRUN echo twin ${number}; busybox sleep 1\n`;
      const lines: string[] = [];
      const spec = { ...options("Containerfile", [reference]), onLine: (line: string) => lines.push(line) };
      const { id } = await images.build(await folder({ Containerfile: file }), spec);
      assert.ok(lines.includes(`twin ${number}`));
      await images.remove(reference);
      return id;
    };
    const [one, two] = await Promise.all([build(1), build(2)]);
    assert.notEqual(one, two);

    const cancelling = new AbortController();
    const seconds = ownSeconds();
    const file = `FROM ${settings.reference}\nRUN echo going; busybox sleep ${seconds}\n`;
    const cancelled = images.build(await folder({ Containerfile: file }), {
      ...options("Containerfile", ["localhost/hublet-test/cancelled:1"]),
      signal: cancelling.signal,
      onLine: (line) => {
        if (line === "going") cancelling.abort(new Error("changed our mind"));
      },
    });
    await assert.rejects(cancelled, /changed our mind/);
    await eventually("the builder's process ends", async () => ((await sleeps(seconds)) ? undefined : true), 30_000);
  });

  test("a command in an image tells its output and exit code, and can do nothing", async () => {
    const { images, settings } = subject();
    const probe = (command: readonly string[], timeoutSeconds = 30) =>
      images.probe(settings.reference, { command, timeoutSeconds, signal: patience() });
    const script =
      "echo out; echo err >&2; busybox ip link; busybox touch /x; busybox touch /tmp/y && echo tmp; exit 4";
    const { exitCode, output } = await probe(["/bin/sh", "-c", script]);
    assert.equal(exitCode, 4);
    assert.match(output, /out\n/);
    assert.match(output, /err\n/);
    assert.match(output, /Read-only file system/);
    assert.match(output, /tmp\n/);
    assert.doesNotMatch(output, /eth0|tap0/);
    assert.equal((await probe(["no-such-command"])).exitCode, 127);
    const [late, cancelled] = [ownSeconds(), ownSeconds()];
    assert.deepEqual(await probe(["/bin/sh", "-c", `echo begun; exec busybox sleep ${late}`], 3), {
      exitCode: undefined,
      output: "begun\n",
    });
    assert.equal((await probe(["/bin/sh", "-c", "busybox yes"], 3)).output.length, 65_536);
    assert.equal(await sleeps(late), false);
    const none = { command: ["x"], timeoutSeconds: 3, signal: patience() };
    await assert.rejects(images.probe("localhost/hublet-test/none:1", none), { code: "image-missing" });
    const ended = {
      command: ["/bin/sh", "-c", `busybox sleep ${cancelled}`],
      timeoutSeconds: 30,
      signal: AbortSignal.timeout(800),
    };
    await assert.rejects(images.probe(settings.reference, ended), { name: "TimeoutError" });
    assert.equal(await sleeps(cancelled), false);
  });
}

function options(file: string, references: readonly string[]): BuildOptions {
  return { file, references, args: {}, labels: {}, noCache: false, signal: patience(), onLine: () => undefined };
}

/** A tar of a folder with these files. */
async function folder(files: Readonly<Record<string, string>>): Promise<Readable> {
  const place = await mkdtemp(join(tmpdir(), "hublet-context-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await run("mkdir", ["-p", join(place, name, "..")]);
      await writeFile(join(place, name), text);
    }
    const { stdout } = await run("tar", ["-C", place, "-cf", "-", "."], { encoding: "buffer", maxBuffer: 1 << 24 });
    return Readable.from([stdout]);
  } finally {
    await rm(place, { recursive: true });
  }
}

/** A number by which a `sleep` is known on this host: the suites of two engines run at the same time. */
function ownSeconds(): number {
  return randomInt(100_000, 1_000_000);
}

/** Whether such a process runs on this host. The parts of command lines are divided by NUL. */
async function sleeps(seconds: number): Promise<boolean> {
  const { stdout } = await run("ls", ["/proc"]);
  for (const pid of stdout.split("\n").filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    // The shell that a builder starts has the same text in one part.
    if (line.includes(`sleep\0${seconds}\0`)) return true;
  }
  return false;
}
