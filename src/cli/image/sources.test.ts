/** What a build is made of, from the caller's side: folders, repositories, lists. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { extract } from "tar-stream";
import { environmentOf } from "./environment-files.ts";
import { tarOfFolder } from "./folder-tar.ts";
import { checkOut, readGitAddress } from "./git-source.ts";
import { wordsOf } from "./wanted.ts";

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-sources-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function entriesOf(folder: string, always: readonly string[] = []): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const source = await tarOfFolder(folder, always);
  const tar = extract();
  source.on("error", (error) => tar.destroy(error)).pipe(tar);
  for await (const entry of tar) {
    let text = "";
    for await (const bytes of entry) text += String(bytes);
    const { name, type, uid, linkname } = entry.header;
    assert.equal(uid, 0);
    found[name] = type === "file" ? text : `${type} ${linkname ?? ""}`.trim();
  }
  return found;
}

test("a folder goes along without what is ignored, but with its Containerfile", async (t) => {
  const folder = newFolder(t);
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, ".dockerignore"), "*\n!sub\nsub/*.key\n");
  writeFileSync(join(folder, "Containerfile"), "FROM scratch\n");
  writeFileSync(join(folder, "sub", "a.txt"), "a");
  writeFileSync(join(folder, "sub", "b.key"), "b");
  symlinkSync("a.txt", join(folder, "sub", "link"));
  assert.deepEqual(await entriesOf(folder, ["Containerfile"]), {
    Containerfile: "FROM scratch\n",
    sub: "directory",
    "sub/a.txt": "a",
    "sub/link": "symlink a.txt",
  });
});

test("a link that leads out of the folder is refused", async (t) => {
  const folder = newFolder(t);
  mkdirSync(join(folder, "sub"));
  symlinkSync("../../etc/passwd", join(folder, "sub", "up"));
  await assert.rejects(entriesOf(folder), /sub\/up is a link to .* outside of the folder/);
  rmSync(join(folder, "sub", "up"));
  symlinkSync("/etc/passwd", join(folder, "root"));
  await assert.rejects(entriesOf(folder), { code: "usage" });
});

test("a repository is fetched at a branch, without running its hooks", async (t) => {
  const folder = newFolder(t);
  const repository = join(folder, "lab.git");
  const git = (...words: string[]): void =>
    void execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], {
      cwd: repository,
      stdio: "pipe",
    });
  mkdirSync(join(repository, "images", "uspy"), { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(repository, "images", "uspy", "Containerfile"), "FROM scratch\n");
  git("add", ".");
  git("commit", "--quiet", "-m", "one");
  git("checkout", "--quiet", "-b", "v2");
  writeFileSync(join(repository, "images", "uspy", "Containerfile"), "FROM two\n");
  git("commit", "--quiet", "-a", "-m", "two");
  git("checkout", "--quiet", "main");
  const address = readGitAddress(`${repository}#v2:images/uspy`);
  assert.ok(address !== undefined);
  const checkout = await checkOut(address, AbortSignal.timeout(20_000));
  assert.deepEqual(await entriesOf(checkout.folder), { Containerfile: "FROM two\n" });
  assert.match(checkout.commit, /^[0-9a-f]{40}$/);
  await checkout.remove();
  const missing = readGitAddress(`${repository}#nowhere`);
  assert.ok(missing !== undefined);
  await assert.rejects(checkOut(missing, AbortSignal.timeout(20_000)), { code: "command-failed" });
});

test("addresses that git would take for options or helpers are refused", () => {
  assert.equal(readGitAddress("./folder"), undefined);
  assert.equal(readGitAddress("/plain/folder"), undefined);
  for (const text of ["ext::sh -c id.git", "--upload-pack=id"]) assert.equal(readGitAddress(text), undefined);
  for (const text of [
    "file:///etc/x.git",
    "git://host/x.git",
    "http://host/x.git",
    "https://h/x.git#--help",
    "https://h/x.git#a:../b",
  ])
    assert.throws(() => readGitAddress(text), { code: "usage" }, text);
  assert.deepEqual(readGitAddress("git@example.org:lab/x.git#v1"), {
    ...{ url: "git@example.org:lab/x.git", ref: "v1", folder: "", local: false },
  });
});

test("lists of packages are read by the files' names", () => {
  const conda = "name: x\nchannels: [conda-forge]\ndependencies:\n  - python = 3.12\n  - pip\n  - pip: [folium>=1]\n";
  assert.deepEqual(environmentOf("environment.yml", conda), {
    apt: [],
    r: [],
    conda: ["python=3.12"],
    pip: ["folium>=1"],
  });
  const pip = environmentOf("requirements.txt", "# two\nnumpy >= 2  # why\n\npandas\n").pip;
  assert.deepEqual(pip, ["numpy>=2", "pandas"]);
  assert.deepEqual(environmentOf("a/apt.txt", "ffmpeg\n").apt, ["ffmpeg"]);
  assert.throws(() => environmentOf("requirements.txt", "--index-url http://e\n"), { code: "usage" });
  assert.throws(
    () => environmentOf("environment.yml", "channels: [bioconda]\ndependencies: []\n"),
    /bioconda::PACKAGE/,
  );
  assert.throws(() => environmentOf("list.doc", ""), { code: "usage" });
});

test("a probe is split into words as a shell would", () => {
  assert.deepEqual(wordsOf(`python3 -c 'import x; print(x.v)' "a b"c`), [
    "python3",
    "-c",
    "import x; print(x.v)",
    "a bc",
  ]);
  assert.throws(() => wordsOf('python3 "x'), { code: "usage" });
});
