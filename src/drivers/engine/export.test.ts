/** What packs a volume inside a container, with each of the programs that an image may have; and reading its output. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ensureProgram } from "../../../test/support/engines.ts";
import { packScript } from "./export.ts";
import { FrameReader } from "./streams.ts";

const run = promisify(execFile);

for (const program of ["tar", "busybox", "python3"]) {
  test(`an image that has ${program} packs a folder, and leaves sockets out`, async (t) => {
    if (program === "busybox") await ensureProgram("busybox", "busybox-static");
    const folder = await mkdtemp(join(tmpdir(), "hublet-pack-"));
    t.after(() => rm(folder, { recursive: true }));
    const bin = await mkdtemp(join(tmpdir(), "hublet-pack-bin-"));
    t.after(() => rm(bin, { recursive: true }));
    await symlink(await find(program), join(bin, program));
    await writeFile(join(folder, "file"), "content\n");
    await symlink("file", join(folder, "link"));
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(join(folder, "socket"), resolve));
    t.after(() => socket.close());
    const { stdout } = await run("/bin/sh", ["-c", packScript(folder)], { env: { PATH: bin }, encoding: "buffer" });
    const list = run("tar", ["-tvf", "-"]);
    list.child.stdin?.end(stdout);
    const names = (await list).stdout
      .trim()
      .split("\n")
      .map((line) => / (?:\.\/)?(file|link|socket|\.?)(?: ->.*)?$/.exec(line)?.[1]);
    assert.deepEqual(names.filter((name) => name !== "" && name !== ".").sort(), ["file", "link"]);
  });
}

test("an image that has none of them says so, and a folder that is not there is a failure", async () => {
  await assert.rejects(run("/bin/sh", ["-c", packScript("/tmp")], { env: { PATH: "/nowhere" } }), { code: 127 });
  await assert.rejects(run("/bin/sh", ["-c", packScript("/no/such")]), { code: 1 });
});

test("output is taken out of its frames wherever the chunks are cut", () => {
  const frame = (stream: number, text: string): Buffer => {
    const header = Buffer.alloc(8);
    header.writeUInt8(stream, 0);
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const whole = Buffer.concat([frame(1, "first "), frame(2, "oops"), frame(1, ""), frame(1, "second")]);
  for (let size = 1; size <= whole.length; size++) {
    let said = "";
    const reader = new FrameReader((text) => {
      said += text;
    });
    const out: Buffer[] = [];
    for (let at = 0; at < whole.length; at += size) out.push(...reader.read(whole.subarray(at, at + size)));
    assert.deepEqual([Buffer.concat(out).toString(), said], ["first second", "oops"], `chunks of ${size}`);
  }
});

async function find(program: string): Promise<string> {
  // The system's own first: others may be scripts that need more of a PATH.
  for (const folder of ["/usr/bin", "/bin", ...(process.env.PATH ?? "").split(delimiter)]) {
    const found = await run("test", ["-x", join(folder, program)]).then(
      () => true,
      () => false,
    );
    if (found) return join(folder, program);
  }
  throw new Error(`no ${program}`);
}
