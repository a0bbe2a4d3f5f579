/** `hublet render quadlet|kube|compose` in this process: the program is the real one, the configuration a person's. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { type CliHost, runCli } from "../run.ts";
import { ensureWeb } from "../up/web-build.ts";

const ROOT = join(import.meta.dirname, "../../..");

before(() => ensureWeb(ROOT, () => undefined));

function lab(t: TestContext, config: string) {
  const folder = mkdtempSync(join(tmpdir(), "hublet-render-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "hublet.yaml"), config);
  const run = async (...argv: readonly string[]) => {
    const said = { out: "", err: "" };
    const unasked = () => Promise.reject(new Error("nobody is there to be asked"));
    const host: CliHost = {
      ...{ root: ROOT, version: "0", cwd: folder, uid: 1000, env: { HOME: folder }, interactive: false },
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      ...{ confirm: unasked, askText: unasked, askChoice: unasked, askSecret: unasked, readInput: unasked },
    };
    return { code: await runCli([...argv, "--config", join(folder, "hublet.yaml")], host), ...said };
  };
  return { folder, run };
}

test("one file is printed as it is, several with a line before each", async (t) => {
  const { run } = lab(t, "listen: 0.0.0.0:8000");
  const compose = await run("render", "compose");
  assert.equal(compose.code, 0, compose.err);
  assert.deepEqual(Object.keys(parseAllDocuments(compose.out)[0]?.toJS().services), [
    "hublet-proxy",
    "hublet-broker",
    "hublet-hub",
  ]);
  assert.match((await run("render", "kube")).out, /^# Hublet for Kubernetes\./);
  const quadlet = await run("render", "quadlet");
  assert.deepEqual(
    [...quadlet.out.matchAll(/^# ===== (.*) =====$/gm)].map(([, path]) => path),
    [
      "~/.config/systemd/user/hublet-proxy-public.socket",
      "~/.config/containers/systemd/hublet-proxy.container",
      "~/.config/containers/systemd/hublet-broker.container",
      "~/.config/containers/systemd/hublet-hub.container",
    ],
  );
});

test("files are written where they belong, with the images' real names", async (t) => {
  const { folder, run } = lab(t, "deploy: {postgres: {}}");
  const { code, out, err } = await run("render", "quadlet", "--output", "home");
  assert.equal(code, 0, err);
  const units = join(folder, "home/.config/containers/systemd");
  assert.deepEqual(readdirSync(units).sort(), [
    "hublet-broker.container",
    "hublet-hub.container",
    "hublet-postgres.container",
    "hublet-proxy.container",
  ]);
  assert.equal(statSync(join(units, "hublet-hub.container")).mode & 0o777, 0o600);
  assert.match(
    readFileSync(join(units, "hublet-hub.container"), "utf8"),
    /^Image=localhost\/hublet-hub:\d+\.\d+\.\d+-[0-9a-f]{12}$/m,
  );
  assert.ok(out.includes(join(units, "hublet-hub.container")));
});

test("images are written as archives that are named as they are", async (t) => {
  const { folder, run } = lab(t, "name: Lab");
  const { code, out, err } = await run("render", "images", "--output", "images", "--json");
  assert.equal(code, 0, err);
  const { files } = z
    .object({ files: z.array(z.object({ file: z.string(), reference: z.string() })) })
    .parse(JSON.parse(out));
  assert.deepEqual(readdirSync(join(folder, "images")).sort(), files.map(({ file }) => basename(file)).sort());
  for (const { file, reference } of files) {
    assert.equal(basename(file), `${reference.replace("localhost/", "").replace(":", "-")}.tar.gz`);
    assert.deepEqual([...readFileSync(file).subarray(0, 2)], [0x1f, 0x8b]);
  }
});

test("mistakes of the configuration, and a folder that cannot be, are said", async (t) => {
  const { folder, run } = lab(t, "database: postgresql://db/x\ndeploy: {postgres: {}}");
  const wrong = await run("render", "quadlet");
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /hublet\.yaml:2:\d+: deploy\.postgres/);
  const { run: right } = lab(t, "name: Lab");
  const taken = await right("render", "kube", "--output", join(folder, "hublet.yaml"));
  assert.deepEqual([taken.code, /cannot be written/.test(taken.err)], [2, true]);
});
