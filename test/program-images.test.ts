/** The program's own images in a real rootless Podman: made here, loaded there, run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { machine } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { createGunzip } from "node:zlib";
import { ensureWeb } from "../src/cli/up/web-build.ts";
import { type PreparedHost, type ProgramImages, prepareHost, programImages } from "../src/deploy/index.ts";

const ROOT = join(import.meta.dirname, "..");
/** As units start them. */
const CONFINED = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--network=none"];

let host: PreparedHost;
let images: ProgramImages;

before(async () => {
  await ensureWeb(ROOT, () => undefined);
  images = await programImages({ root: ROOT, architecture: machine() });
  host = await prepareHost({
    ...{ accountName: "hublet-test", engine: "podman", buildImages: false, programRoot: ROOT, yes: true },
    report: () => undefined,
  });
  for (const image of [images.hub, images.proxy]) {
    const loading = podman(["load"]);
    // Podman 4.3 reads no gzip (podman#15944); that is too old for “hublet apply”, but may be what tests have.
    const unpacked = createGunzip();
    await Promise.all([image.write(unpacked), pipeline(unpacked, loading.child.stdin)]);
    const { code, stdout, stderr } = await loading.ended;
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(image.reference), stdout);
  }
});

after(async () => {
  await podman(["rmi", "--force", images.hub.reference, images.proxy.reference]).ended;
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Podman as the tests' account, or as the person who runs them. */
function podman(argv: readonly string[]) {
  const { uid, gid, home } = host.account;
  const child = spawn("podman", argv, {
    ...(process.geteuid?.() === 0 ? { uid, gid } : {}),
    env: { ...host.env },
    cwd: home,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended: Promise<Ended> = Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code, stdout, stderr }),
  );
  return { child, ended };
}

async function run(image: { readonly reference: string }, ...argv: readonly string[]): Promise<Ended> {
  const started = podman(["run", "--rm", ...CONFINED, image.reference, ...argv]);
  started.child.stdin.end();
  return await started.ended;
}

test("the hub's image is this Node.js with this program and its native package", async () => {
  const script =
    'const { hash } = await import("/app/node_modules/@node-rs/argon2/index.js"); console.log(process.version, process.env.HOME, (await hash("x")).slice(0, 9))';
  const node = await run(images.hub, "--input-type=module", "-e", script);
  assert.deepEqual([node.code, node.stdout.trim(), node.stderr], [0, `${process.version} /tmp $argon2id`, ""]);
  const version = await run(images.hub, "/app/src/main/cli.ts", "--version");
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  const help = await run(images.hub, "/app/src/main/cli.ts", "config", "schema");
  assert.equal(help.code, 0, help.stderr);
});

test("every room of the hub finds its packages in the image", async () => {
  const rooms = ["http", "signin", "servers", "deploy", "people", "store", "config"];
  const imports = rooms.map((room) => `await import("/app/src/${room}/index.ts");`).join("\n");
  const found = await run(images.hub, "--input-type=module", "-e", `${imports}\nconsole.log("all")`);
  assert.deepEqual([found.code, found.stdout], [0, "all\n"], found.stderr);
});

test("the proxy's image has the proxy, and nothing of the hub", async () => {
  const wrong = await run(images.proxy, "/app/src/main/proxy.ts", "--no-such-option");
  assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
  assert.match(wrong.stderr, /--no-such-option/);
  const look = 'require("fs").readdirSync("/app/src").concat(require("fs").readdirSync("/app/src/main")).join()';
  const rooms = await run(images.proxy, "-p", look);
  assert.match(rooms.stdout, /^kernel,main,proxy,proxy\.ts\n$/);
});
