/** What becomes of a removed person's files, and what the hub leaves to the host. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/databases.ts";
import { createProcessDriver } from "../drivers/index.ts";
import { systemClock, userName, volumeName } from "../kernel/index.ts";
import { personFiles } from "./person-files.ts";

const ADA = userName("ada");

test("a volume is packed and erased; a home that is a folder of the host is left alone, with words", async (t) => {
  const folder = temporaryFolder(t);
  const [homes, archives, home] = [join(folder, "homes"), join(folder, "archives"), join(folder, "home/ada")];
  const driver = createProcessDriver({ hub: "test", stateFolder: join(folder, "state"), homes });
  t.after(() => driver.close());
  await driver.ensureVolume(volumeName(ADA), {});
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "thesis"), "long");
  const handed: string[] = [];
  const servers = { handOverFiles: async (user: string) => void handed.push(user) };
  const files = (homeFolder: () => string | undefined) =>
    personFiles({ driver, servers, archives, clock: systemClock, homeFolder });

  const hosts = files(() => home);
  for (const work of [hosts.archiveFiles, hosts.eraseFiles])
    await assert.rejects(work(ADA), {
      code: "conflict",
      message: /home\/ada of the host, which Hublet neither packs nor erases/,
    });
  assert.ok(existsSync(join(home, "thesis")));
  assert.deepEqual([handed, existsSync(archives), readdirSync(homes).length], [[], false, 1]);

  const own = files(() => undefined);
  assert.match((await own.archiveFiles(ADA)) ?? "", /ada-.*\.tar\.gz$/);
  await own.eraseFiles(ADA);
  assert.deepEqual([handed, readdirSync(homes)], [["ada"], []]);
  assert.equal(await own.archiveFiles(ADA), undefined, "nothing is left to pack");
});
