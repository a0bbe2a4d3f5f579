import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { openLocalHost } from "../host/local.ts";
import type { FileState } from "../host/state.ts";
import { ACCOUNT, described, hostInOrder } from "../plan/planned.fixture.ts";
import type { Situation, Target } from "../plan/target.ts";
import { checkBackupFolder, planBackupFolder } from "./backup-folder.ts";

const id = (option: string): string => execFileSync("id", [option, "nobody"], { encoding: "utf8" }).trim();
const isRoot = process.geteuid?.() === 0;

async function planned(folder: string, found: Partial<FileState> | undefined): Promise<[Target, Situation]> {
  const target = await described({ files: { "hublet.yaml": `listen: 0.0.0.0:8443\nbackup: {to: ${folder}}\n` } });
  const situation = hostInOrder(target);
  const file: FileState = { sha256: "", mode: 0o700, uid: 0, gid: 0, kind: "folder", ...found };
  const files = { ...situation.state.files, ...(found === undefined ? {} : { [folder]: file }) };
  return [target, { ...situation, state: { ...situation.state, files } }];
}

test("a missing folder is made, root's alone is given, the account's stays", async () => {
  const titles = async (found: Partial<FileState> | undefined) =>
    planBackupFolder(...(await planned("/srv/b", found))).map(({ title }) => title);
  assert.deepEqual(await titles(undefined), ["make the folder /srv/b for backups"]);
  assert.deepEqual(await titles({}), ["give the folder /srv/b to hublet, for backups"]);
  assert.deepEqual(await titles({ uid: ACCOUNT.uid }), []);
  assert.deepEqual(await titles({ mode: 0o777 }), [], "a folder of everybody is not taken from them");
  await assert.rejects(titles({ kind: "file" }), { code: "bad-config" });
});

test("a folder is given with the backups in it, links are not followed, and other things are left to root", {
  skip: !isRoot && "needs root",
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-backup-folder-"));
  const host = await openLocalHost();
  t.after(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });
  const nobody = id("-u");
  const run = async (place: string, found: Partial<FileState> | undefined) => {
    const [target, situation] = await planned(place, found);
    const deployment = { ...target.deployment, account: "nobody" };
    const { signal } = new AbortController();
    for (const step of planBackupFolder({ ...target, deployment }, situation))
      await step.run({ host, signal, note: () => undefined });
  };
  const owner = (path: string) => String(statSync(path).uid);

  await run(join(folder, "a/new"), undefined);
  assert.equal(owner(join(folder, "a/new")), nobody);
  assert.equal(statSync(join(folder, "a/new")).mode & 0o777, 0o700);
  assert.equal(owner(join(folder, "a")), "0");

  const backups = join(folder, "backups");
  mkdirSync(join(backups, "packs"), { recursive: true });
  writeFileSync(join(folder, "roots"), "");
  for (const name of ["key.json", "packs/1"]) writeFileSync(join(backups, name), "");
  symlinkSync(join(folder, "roots"), join(backups, "link"));
  await run(backups, {});
  for (const name of ["", "key.json", "packs", "packs/1"]) assert.equal(owner(join(backups, name)), nobody, name);
  assert.equal(owner(join(folder, "roots")), "0");

  await assert.rejects(run(folder, {}), { code: "conflict", message: /holds other things than backups/ });
  assert.equal(owner(folder), "0");
  assert.ok(existsSync(join(folder, "roots")));
});

test("a folder that the account cannot write to is told before anything is done", {
  skip: !isRoot && "needs root",
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hublet-backup-folder-"));
  const host = await openLocalHost();
  t.after(async () => {
    await host.close();
    rmSync(folder, { recursive: true });
  });
  const [target, { state, records }] = await planned(folder, { uid: 4242 });
  const ids = { uid: Number(id("-u")), gid: Number(id("-g")) };
  const account = { ...hostInOrder(target).state.account, ...ids, name: "nobody" } as typeof state.account;
  const check = () => checkBackupFolder(host, target, { records, state: { ...state, account } });
  chmodSync(folder, 0o755);
  await assert.rejects(check(), {
    code: "conflict",
    message: /cannot write there\. Give it the folder \(chown -R hublet: /,
  });
  chmodSync(folder, 0o777);
  await check();
});
