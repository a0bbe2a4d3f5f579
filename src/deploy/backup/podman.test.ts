/** Homes of a real rootless Podman: out by GNU tar in a container, into a repository, and back. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  closeSync,
  cpSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { temporaryFolder } from "../../../test/support/databases.ts";
import { ensureProgram, startPodman } from "../../../test/support/engines.ts";
import { createPodmanDriver, type Driver } from "../../drivers/index.ts";
import { ClosingStack, randomHex, Secret, systemClock, userName, volumeName } from "../../kernel/index.ts";
import { insertUsers, openStore } from "../../store/index.ts";
import { createBackup, ensureRepository, openBackupStore, restoreHome, restoreHomes } from "./index.ts";
import { type TarEntry, TarReader } from "./toc.ts";

const run = promisify(execFile);
const PROGRAMS = ["sh", "tar", "mkdir", "rm", "mv", "stat", "chmod", "chown", "cat", "rmdir"];
const REFERENCE = "localhost/hublet-test/gnu-tar:1";
const LONG = `${"n".repeat(120)}/${"ü".repeat(60)}`;

const stack = new ClosingStack();
const hub = `test-${randomHex(4)}`;
let driver: Driver | undefined;
const engine = () => {
  assert.ok(driver !== undefined, "Podman did not start");
  return driver;
};

before(async () => {
  const podman = stack.add(await startPodman());
  driver = stack.add(createPodmanDriver({ socketPath: podman.socketPath, hub }));
});
after(() => stack.close());

test("a home with owners, modes, links, holes and attributes comes back byte by byte as it was", async (t) => {
  const folder = temporaryFolder(t);
  await importGnuTar(folder);
  const name = userName(`ada-${hub}`);
  const volume = volumeName(name);
  await engine().ensureVolume(volume, { "hub.jupyter.org/username": name });
  stack.defer(() => engine().removeVolume(volume));
  const options = { signal: AbortSignal.timeout(60_000), extended: true };
  await engine().unpackVolume(volume, await madeHome(join(folder, "home")), options);
  const before = await packed(volume);
  const entry = (path: string) => entriesOf(before).find((each) => each.path === path);
  assert.deepEqual([entry("plain")?.uid, entry("plain")?.gid, entry("plain")?.mode], [1000, 100, 0o4750]);
  assert.deepEqual([entry("hard")?.kind, entry("plain")?.kind].sort(), ["file", "hardlink"]);
  assert.equal(entry("sparse")?.kind, "sparse");
  assert.ok(before.length < 1_000_000, "holes are not written");
  assert.ok(before.includes("SCHILY.xattr.user.note=kept"));
  assert.ok(entry(`${LONG}/file`) !== undefined);

  const { repository, parts } = await hubOf(folder, name);
  const { snapshot } = await createBackup(repository, parts);
  assert.deepEqual(
    snapshot.homes.map((home) => [home.user, home.volume, home.incomplete]),
    [[name, volume, undefined]],
  );
  assert.equal(snapshot.homes[0]?.labels["hub.jupyter.org/username"], name);
  await engine().removeVolume(volume);
  const restoring = { driver: engine(), signal: AbortSignal.timeout(60_000), onProgress: () => undefined };
  assert.deepEqual(await restoreHomes(repository, snapshot, restoring), []);
  // All but the time of the home's own folder, which what was put into it has changed.
  const after = await packed(volume);
  const rest = (tar: Buffer) => tar.subarray(entriesOf(tar)[0]?.span ?? 0);
  assert.deepEqual(
    entriesOf(after).map(({ path }) => path),
    entriesOf(before).map(({ path }) => path),
  );
  assert.equal(entriesOf(after)[0]?.mode, entriesOf(before)[0]?.mode);
  assert.equal(entriesOf(after)[0]?.uid, 1000);
  assert.ok(rest(after).equals(rest(before)));
  const listed = (await engine().listVolumes()).find((each) => each.name === volume);
  assert.equal(listed?.labels["hub.jupyter.org/username"], name);

  const [home] = snapshot.homes;
  assert.ok(home !== undefined);
  await restoreHome(repository, home, restoring, { folder: "back", path: "plain" });
  const back = entriesOf(await packed(volume)).filter(({ path }) => path.startsWith("back"));
  assert.deepEqual(
    back.map(({ path, uid }) => [path, uid]),
    [
      ["back", 1000],
      ["back/hard", 1000],
      ["back/plain", 1000],
    ],
  );
});

/** A tar of a tree as only root can make it. */
async function madeHome(home: string): Promise<AsyncIterable<Buffer>> {
  await ensureProgram("setfattr", "attr");
  mkdirSync(join(home, LONG), { recursive: true });
  writeFileSync(join(home, LONG, "file"), "deep");
  writeFileSync(join(home, "plain"), "plain");
  linkSync(join(home, "plain"), join(home, "hard"));
  symlinkSync("/nowhere", join(home, "broken"));
  const sparse = openSync(join(home, "sparse"), "w");
  writeSync(sparse, "end", 40_000_000);
  ftruncateSync(sparse, 50_000_000);
  closeSync(sparse);
  await run("setfattr", ["-n", "user.note", "-v", "kept", join(home, "plain")]);
  const owner = ["--owner=1000", "--group=100", "--mode=u=rwx,g=rx,o=,u+s"];
  const { stdout } = await run("tar", ["-c", "-S", "--format=posix", "--xattrs", ...owner, "-C", home, "."], {
    encoding: "buffer",
    maxBuffer: 16 * 1024 * 1024,
  });
  return (async function* () {
    yield stdout;
  })();
}

async function packed(volume: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const signal = AbortSignal.timeout(60_000);
  for await (const piece of engine().packVolume(volume, { signal, onNote: assert.fail })) pieces.push(piece);
  return Buffer.concat(pieces);
}

function entriesOf(tar: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  new TarReader((entry) => entries.push(entry)).push(tar);
  return entries;
}

async function hubOf(folder: string, name: string) {
  const state = join(folder, "state");
  for (const part of ["state/secrets", "etc"]) mkdirSync(join(folder, part), { recursive: true });
  const config = join(folder, "etc", "hublet.yaml");
  writeFileSync(config, "{}\n");
  const database = { kind: "sqlite", file: join(state, "hublet.db") } as const;
  const store = await openStore(database);
  await insertUsers(store.db, [{ name, admin: false, created: "2030-01-01T00:00:00.000Z", cookieId: "c" }]);
  await store.close();
  const identity = new Secret(await generateIdentity());
  const repository = await ensureRepository(await openBackupStore(join(folder, "backups")), {
    ...{ identities: [identity], recipients: [await identityToRecipient(identity.reveal())], clock: systemClock },
  });
  const parts = {
    ...{ version: "0", state, database, secrets: join(state, "secrets"), archives: join(state, "archives"), hub },
    configuration: { file: config, wholeFolder: true, files: [] },
    ...{ driver: engine(), signal: AbortSignal.timeout(60_000), onProgress: () => undefined, onNote: assert.fail },
  };
  return { repository, parts };
}

/** An image of this host's own tar and what the scripts call, with their libraries. */
async function importGnuTar(folder: string): Promise<void> {
  const root = join(folder, "root");
  for (const part of ["bin", "tmp", "proc", "sys", "dev"]) mkdirSync(join(root, part), { recursive: true });
  for (const program of PROGRAMS) {
    const { stdout } = await run("which", [program], { env: { PATH: "/usr/bin:/bin" } });
    const file = realpathSync(stdout.trim());
    cpSync(file, join(root, "bin", program));
    const { stdout: libraries } = await run("ldd", [file]);
    for (const [, library = ""] of libraries.matchAll(/(\/\S+\.so\S*) \(/g)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      cpSync(realpathSync(library), join(root, dirname(library), basename(library)));
    }
  }
  const tarPath = join(folder, "root.tar");
  await run("tar", ["-C", root, "--owner=0", "--group=0", "-cf", tarPath, "."]);
  const settings = { reference: REFERENCE, entrypoint: ["/bin/sh"], command: [], user: "0", workingDirectory: "/" };
  const signal = AbortSignal.timeout(60_000);
  await engine().images?.importRoot(tarPath, { ...settings, environment: {}, labels: {} }, { signal });
  stack.defer(() => engine().images?.remove(REFERENCE));
}
