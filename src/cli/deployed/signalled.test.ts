import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { randomHex } from "../../kernel/index.ts";
import { markOf, sendingWords } from "./signalled.ts";

const CHILD =
  'process.on("SIGINT", () => { console.log("heard"); process.exit(3); }); setInterval(() => {}, 1000); console.log("up");';

test("a signal reaches the process with the mark, and nobody else", async () => {
  const [mark, other] = [markOf(randomHex(8)), markOf(randomHex(8))];
  const [meant, neighbour] = [start(mark), start(other)];
  try {
    await Promise.all([once(meant.stdout, "data"), once(neighbour.stdout, "data")]);
    const ended = once(meant, "exit");
    assert.equal(await send(mark), 0);
    assert.deepEqual(await ended, [3, null]);
    assert.equal(neighbour.exitCode, null);
    assert.equal(await send(mark), 1, "there is none any more");
  } finally {
    for (const child of [meant, neighbour]) child.kill("SIGKILL");
  }
});

function start(mark: string) {
  const [name = "", value] = mark.split("=");
  return spawn(process.execPath, ["-e", CHILD], {
    env: { ...process.env, [name]: value },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function send(mark: string): Promise<unknown> {
  const [program = "", ...words] = sendingWords(process.execPath, mark, "SIGINT");
  const [code] = (await once(spawn(program, words, { stdio: "inherit" }), "exit")) as unknown[];
  return code;
}
