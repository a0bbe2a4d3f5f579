import assert from "node:assert/strict";
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cacheName, defaultCacheFolders, findCached, store } from "./cache.ts";

const signal = AbortSignal.timeout(20_000);
const NAME = cacheName("trixie", "0123456789abcdef");

describe("the cache of builds", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hublet-cache-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function fresh(): Promise<{ write: string; read: readonly string[]; path: string }> {
    const write = await mkdtemp(join(folder, "c-"));
    await writeFile(join(write, "root.tar"), "a root file system");
    return { write, read: [], path: await store(join(write, "root.tar"), write, NAME, signal) };
  }

  test("what is stored is found, also from another folder", async () => {
    const { path, write } = await fresh();
    assert.deepEqual((await readdir(write)).sort(), [NAME, `${NAME}.sha256`]);
    assert.equal(await findCached({ write, read: [] }, NAME, signal), path);
    const empty = join(folder, "empty");
    await mkdir(empty);
    assert.equal(await findCached({ write: empty, read: [write] }, NAME, signal), path);
    assert.equal(await findCached({ write: empty, read: [] }, NAME, signal), undefined);
  });

  test("a cut or changed file does not count", async () => {
    const cache = await fresh();
    await appendFile(cache.path, "!");
    assert.equal(await findCached(cache, NAME, signal), undefined);
  });

  test("a file without its checksum does not count", async () => {
    const cache = await fresh();
    await rm(`${cache.path}.sha256`);
    assert.equal(await findCached(cache, NAME, signal), undefined);
  });

  test("a file that anybody may write does not count", async () => {
    const cache = await fresh();
    await chmod(cache.path, 0o666);
    assert.equal(await findCached(cache, NAME, signal), undefined);
  });

  test("root keeps builds for every account; an account looks there too", () => {
    const folders = defaultCacheFolders({ HOME: "/home/ada", XDG_CACHE_HOME: "relative/is/ignored" });
    if (process.getuid?.() === 0) assert.equal(folders.write, "/var/cache/hublet");
    else assert.deepEqual(folders, { write: "/home/ada/.cache/hublet", read: ["/var/cache/hublet"] });
  });
});
