/** Files of the lab in every home (survey B28), with local processes: engines are tested with numbers of their own. */
import assert from "node:assert/strict";
import { chmod, mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../../test/support/databases.ts";
import { type UserName, volumeName } from "../kernel/index.ts";
import { ALICE, alice, type Hall, hallConfig, newHall } from "./test-support/hall.ts";

async function lab(t: TestContext): Promise<{ skeleton: string; hall: Hall; again(): Promise<string> }> {
  const skeleton = temporaryFolder(t);
  const hall = await newHall(t, () => ({ config: () => hallConfig([], { server: { skeleton } }) }));
  return {
    skeleton,
    hall,
    async again() {
      await hall.servers.start({ ...alice, by: "alice" });
      const { server } = await hall.servers.settled(alice, { withinMs: 30_000 });
      assert.equal(server.state, "ready", JSON.stringify(server.failure));
      const messages = (await hall.servers.timeline(alice)).map(({ message }) => message).join("\n");
      await hall.servers.stop({ ...alice, by: "alice" });
      await hall.servers.settled(alice, { withinMs: 30_000 });
      return messages;
    },
  };
}

/** The folder that the process driver keeps a home in. */
async function homeOf({ driver }: Hall, user: UserName): Promise<readonly string[]> {
  const names: string[] = [];
  const options = { signal: AbortSignal.timeout(10_000), onNote: assert.fail };
  const chunks: Buffer[] = [];
  for await (const chunk of driver.packVolume(volumeName(user), options)) chunks.push(chunk);
  const tar = Buffer.concat(chunks);
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 135), 8) || 0;
    if (["0", "2", "5"].includes(tar.toString("latin1", at + 156, at + 157)))
      names.push(tar.toString("utf8", at, at + 100).split("\0", 1)[0] ?? "");
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}

const SAID = /Putting the lab's files into the home folder/;

test("they are put there once for each change of them, and nothing is taken away", async (t) => {
  const { skeleton, hall, again } = await lab(t);
  await mkdir(join(skeleton, "course"));
  await writeFile(join(skeleton, "course/intro.txt"), "hello");
  await symlink("/srv/data", join(skeleton, "data"));
  assert.match(await again(), SAID);
  const home = await homeOf(hall, ALICE);
  for (const name of ["./course/", "./course/intro.txt", "./data"]) assert.ok(home.includes(name), home.join(" "));
  assert.doesNotMatch(await again(), SAID);
  await writeFile(join(skeleton, "more"), "more");
  assert.match(await again(), SAID);
  await chmod(join(skeleton, "more"), 0o400);
  assert.match(await again(), SAID, "another mode is a change");
  await rm(join(skeleton, "more"));
  await again();
  assert.ok((await homeOf(hall, ALICE)).includes("./more"), "nothing is taken away");
});

test("one that is too large for it, or away, keeps nobody from starting and is said", async (t) => {
  const { skeleton, hall, again } = await lab(t);
  await writeFile(join(skeleton, "data"), "");
  await truncate(join(skeleton, "data"), 65 * 1024 * 1024);
  assert.match(
    await again(),
    /Going on without the files of .*more than 2000 files or 64 MiB; large things belong into a mount/,
  );
  assert.ok(!(await homeOf(hall, ALICE)).includes("./data"));
  await rm(skeleton, { recursive: true });
  assert.match(await again(), /Going on without the files of .*ENOENT/);
});
