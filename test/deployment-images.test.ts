/**
 * Images in a deployment: built by the hub in its container from folders of the caller, on rootless Podman behind the broker;
 * released to the deployment's own registry, chosen, run, replaced and removed.
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import { buildsSchema, gcResultSchema } from "../src/contract/index.ts";
import { readRecipe } from "../src/images/index.ts";
import { ensureProgram } from "./support/engines.ts";
import { bootGuest, type Guest } from "./support/guest.ts";
import { eventually } from "./support/hub.ts";
import { Lab, PROGRAM } from "./support/lab.ts";
import { Person } from "./support/person.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";

const ADDRESS = 62;
const ORIGIN = `http://10.213.77.${ADDRESS}`;
const REGISTRY_PROGRAM = "/usr/bin/docker-registry";
const APP = "localhost:5000/lab/app";
/** Where the caller has what is to be built. */
const FOLDER = "/root/app";

const CONTAINERFILE = `ARG BASE
FROM $BASE AS app
USER root
COPY app /usr/local/bin/app
USER 1000:100
FROM app AS endless
RUN echo begun && sleep 4321
`;

describe("images in a deployment", { timeout: 900_000 }, () => {
  let guest: Guest;
  let lab: Lab;
  let ada: Person;
  let base: string;

  before(async () => {
    await ensureProgram("docker-registry", "docker-registry");
    const { settings } = await readRecipe();
    base = settings.reference;
    guest = await bootGuest("images", ADDRESS, {
      [PROGRAM_ROOT]: PROGRAM,
      "/var/cache/hublet": "/var/cache/hublet",
    });
    // Guests reach no packages: as if it had been installed there.
    copyFileSync(REGISTRY_PROGRAM, join(guest.root, REGISTRY_PROGRAM));
    lab = new Lab(guest);
    await lab.configure(`listen: "*:80"\npublicUrl: ${ORIGIN}\nregistry: {}\n`);
    await lab.must(["apply", "--yes"]);
    ada = new Person(ORIGIN, "admin");
    await ada.claim(await lab.link("admin"));
    await guest.sh(`mkdir ${FOLDER}; cat > ${FOLDER}/Containerfile`, { input: CONTAINERFILE });
  });
  after(async () => {
    await guest?.down();
  });

  test("a folder of the caller's is built, tried, pushed and offered; whoever chooses it gets it", async () => {
    assert.match(
      await release("1.0"),
      /Tested and released as localhost:5000\/lab\/app:1\.0, localhost:5000\/lab\/app/,
    );
    assert.deepEqual(await tags(), ["latest", "1.0"]);
    await choose("1.0");
    assert.equal(await works(), "app 1.0");
  });

  test("a new version is there at once; who works is not disturbed by it, nor by a new hub, a clean-up or an apply", async () => {
    const before = await server();
    await release("2.0");
    assert.deepEqual(await tags(), ["latest", "2.0", "1.0"]);
    await lab.must(["image", "tag", `${APP}:2.0`, `${APP}:stable`]);
    assert.match(await lab.must(["image", "push", `${APP}:stable`]), /stable is pushed as sha256:/);
    assert.ok((await tags()).includes("stable"));
    await hublet("3.0", "image build . --tag 3.0 --push");
    const swept = gcResultSchema.parse(JSON.parse(await lab.must(["image", "gc", "--json"])));
    assert.ok(swept.kept.some(({ because }) => /in use by admin/.test(because)));
    const { code, stderr } = await lab.hublet(["image", "rm", "--registry", "lab/app:1.0"]);
    assert.notEqual(code, 0);
    assert.match(stderr, /in use by admin/);
    assert.match(await lab.must(["apply", "--yes"]), /Nothing to do/);
    await lab.must(["shell", "--", "systemctl", "--user", "restart", "hublet-hub"]);
    await eventually("the hub answers", async () => (await ada.server())?.state === "ready" || undefined, 60);
    assert.deepEqual(await server(), before);
    assert.equal(await works(), "app 1.0");
  });

  test("what was removed can no longer be chosen, and the registry gives its space back", async () => {
    await ada.stop("");
    await lab.must(["image", "rm", "--registry", "lab/app:1.0"]);
    assert.deepEqual((await tags()).toSorted(), ["2.0", "3.0", "latest", "stable"]);
    const { freedBytes } = z
      .object({ freedBytes: z.number() })
      .parse(JSON.parse(await lab.must(["image", "gc-registry", "--json"])));
    assert.ok(freedBytes > 0);
    const refused = await ada.api("POST", "/users/admin/server", { image: "lab/app", tag: "1.0" });
    assert.match(refused.text, /There is no “1\.0” of localhost:5000\/lab\/app/);
    await eventually("the registry is back", async () => (await tags()).includes("2.0") || undefined, 30);
    await choose("2.0");
    assert.equal(await works(), "app 2.0");
  });

  test("the registry asks for the password that root is told, also to read", async () => {
    const status = (user: string): Promise<string> =>
      guest.sh(
        `curl -s -o /dev/null -w '%{http_code}' ${user} http://localhost:5000/v2/lab/app/manifests/2.0 -H 'Accept: */*'`,
      );
    assert.equal(await status(""), "401");
    const password = (await lab.must(["image", "login", "--password"])).trim();
    assert.equal(await status(`-u hublet:${password}`), "200");
  });

  test("Ctrl-C at the caller's end cancels the build, in the hub and in the engine", async () => {
    const said = await guest.sh(
      `cd ${FOLDER}
       ${PROGRAM}/hublet image build . --name lab/endless --target endless --build-arg BASE=${base} > /root/said 2>&1 &
       until pgrep -f '^sleep 4321' > /root/pids; do kill -0 $!; sleep 0.2; done
       kill -INT $!
       code=0; wait $! || code=$?
       cat /root/said; echo "code $code"`,
      { timeout: 200_000 },
    );
    assert.match(said, /Cancelling the build[\s\S]*Cancelled by command line\.\ncode 1/);
    assert.equal((await newest()).state, "cancelled");
    await guest.sh("! pgrep -f '^sleep 4321'");
  });

  test("a folder that cannot be sent whole is built in no part", async () => {
    const before = await newest();
    await guest.sh(`ln -s /etc/passwd ${FOLDER}/zz`);
    const words = ["--name", "lab/app", "--target", "app", "--build-arg", `BASE=${base}`];
    const { code, stderr } = await lab.hublet(["image", "release", FOLDER, ...words]);
    assert.equal(code, 2);
    assert.match(stderr, /zz is a link to \/etc\/passwd, outside of the folder/);
    assert.deepEqual(await newest(), before);
  });

  test("the broker had nothing to refuse", async () => {
    assert.doesNotMatch(await lab.must(["logs", "broker", "--lines", "1000"]), /refused/);
  });

  function release(version: string): Promise<string> {
    return hublet(version, "image release . --probe app");
  }

  /** From where the caller stands, as people do it. */
  async function hublet(version: string, words: string): Promise<string> {
    await guest.sh(`cat > ${FOLDER}/app; chmod 755 ${FOLDER}/app`, { input: `#!/bin/sh\necho app ${version}\n` });
    return lab.line(`cd ${FOLDER} && ${PROGRAM}/hublet ${words} --name lab/app --target app --build-arg BASE=${base}`);
  }

  async function tags(): Promise<readonly string[]> {
    const { status, text } = await ada.api("GET", "/hublet/catalogue/tags?repository=lab%2Fapp");
    assert.equal(status, 200, text);
    return z.object({ tags: z.array(z.string()) }).parse(JSON.parse(text)).tags;
  }

  async function choose(tag: string): Promise<void> {
    const answer = await ada.api("POST", "/users/admin/server", { image: "lab/app", tag });
    assert.ok([201, 202].includes(answer.status), answer.text);
    const { state, failure, image } = await ada.settled("", 120);
    assert.deepEqual([state, image], ["ready", `${APP}:${tag}`], JSON.stringify(failure));
  }

  /** What the program of the image says in a kernel there. */
  async function works(): Promise<string> {
    assert.equal((await ada.open("/user/admin/lab")).status, 200);
    const kernel = await ada.kernel("/user/admin/");
    const said = await kernel.run(
      "import subprocess; print(subprocess.run('app', capture_output=True, text=True).stdout)",
    );
    kernel.close();
    return said.trim();
  }

  async function server() {
    return (await lab.containers()).filter(({ name }) => name === "jupyter-admin");
  }

  async function newest() {
    const builds = buildsSchema.shape.items.parse(JSON.parse(await lab.must(["image", "builds", "--json"])));
    const [build] = builds;
    assert.ok(build);
    return build;
  }
});
