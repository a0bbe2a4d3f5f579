/** The part of the contract about images: imports, and pulls from a real registry. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { promisify } from "node:util";
import { Secret } from "../kernel/index.ts";
import { fetched, patience, type Subject, serving } from "./contract-support.ts";
import type { EngineImages, ImportSettings, PullProgress } from "./images-port.ts";

export interface ImageSubject extends Subject {
  readonly images: EngineImages;
  readonly tarPath: string;
  readonly settings: ImportSettings;
  /** `127.0.0.1:PORT` of a registry without sign-in. */
  readonly registry: string;
  /** The same registry behind `ada` / `lovelace`. */
  readonly guarded: string;
  readonly socketPath: string;
}

export function imageContract(subject: () => ImageSubject): void {
  test("an imported root has every setting that was asked for", async () => {
    const { images, tarPath, settings, driver, spec } = subject();
    const reference = "localhost/hublet-test/settings:1";
    const labels = { "org.hublet.note": 'a "b" $HOME \\ c=d', "org.hublet.read-only-root": "true" };
    const environment = { HOME: "/home/jovyan", ODD: 'x "y" $HOME \\ z=w' };
    const image = await images.importRoot(
      tarPath,
      {
        ...settings,
        reference,
        labels,
        environment,
        command: [serving("busybox env > env; pwd > cwd; busybox id > id").replace(/\n/g, "; ").replace("&; ", "& ")],
      },
      { signal: patience() },
    );
    assert.deepEqual(image, await images.inspect(reference));
    assert.deepEqual(image.labels, labels);
    assert.ok(image.sizeBytes > 500_000);
    const { command: _, ...launch } = await spec("", { image: reference });
    const running = await driver.start(launch, { signal: patience() });
    assert.ok((await fetched(`${running.url}/env`)).split("\n").includes(`ODD=${environment.ODD}`));
    assert.match(await fetched(`${running.url}/id`), /uid=1000.* gid=100/);
    await assert.rejects(images.remove(reference), { code: "conflict" });
    await driver.stop(launch.name, { graceSeconds: 5 });
    await images.remove(reference);
    assert.equal(await images.inspect(reference), undefined);
  });

  test("images without a shell are in nobody's way when homes are packed and changed", async () => {
    const { images, settings, driver, volume } = subject();
    const reference = "localhost/hublet-test/no-shell:1";
    const folder = await mkdtemp(join(tmpdir(), "hublet-no-shell-"));
    const name = volume();
    try {
      await writeFile(join(folder, "note"), "the smallest image of all");
      await promisify(execFile)("tar", ["-C", folder, "-cf", join(folder, "root.tar"), "note"]);
      await images.importRoot(join(folder, "root.tar"), { ...settings, reference }, { signal: patience() });
      await driver.ensureVolume(name, {});
      await driver.ownVolume(name, { uid: 1000, gid: 100 });
      const packed: Buffer[] = [];
      for await (const chunk of driver.packVolume(name, { signal: patience(), onNote: assert.fail }))
        packed.push(chunk);
      const source = Readable.from([Buffer.concat(packed)]);
      await driver.unpackVolume(name, source, { signal: patience(), extended: false });
      await driver.exportVolume(name, join(folder, "home.tar.gz"), { signal: patience() });
    } finally {
      await driver.removeVolume(name);
      await images.remove(reference);
      await rm(folder, { recursive: true });
    }
  });

  test("an import that cannot work says so", async () => {
    const { images, settings, tarPath } = subject();
    const reference = "localhost/hublet-test/broken:1";
    await assert.rejects(images.importRoot("/no/such.tar", { ...settings, reference }, { signal: patience() }), {
      code: "image-build-failed",
    });
    const evil = { ...settings, reference, labels: { note: "one\nUSER root" } };
    await assert.rejects(images.importRoot(tarPath, evil, { signal: patience() }), { code: "image-build-failed" });
    await assert.rejects(images.importRoot(import.meta.filename, { ...settings, reference }, { signal: patience() }), {
      code: "image-build-failed",
    });
    assert.equal(await images.inspect(reference), undefined);
  });

  test("a pull brings the image with its progress in bytes, also with a sign-in", async () => {
    const { images, tarPath, settings, registry, guarded } = subject();
    const pushed = `${registry}/lab/small:1`;
    await images.importRoot(tarPath, { ...settings, reference: pushed }, { signal: patience() });
    await images.push(pushed, { signal: patience(), onProgress: () => undefined });
    await images.remove(pushed);
    const progress: PullProgress[] = [];
    const image = await images.pull(pushed, { signal: patience(), onProgress: (step) => progress.push(step) });
    assert.equal(image.labels["org.hublet.test"], "yes");
    assert.ok(progress.length > 0);
    for (const { bytesDone, bytesTotal } of progress)
      assert.ok((bytesDone ?? 0) <= (bytesTotal ?? Number.POSITIVE_INFINITY));
    await images.remove(pushed);

    const behind = `${guarded}/lab/small:1`;
    const quiet = { signal: patience(), onProgress: () => undefined };
    await assert.rejects(images.pull(behind, quiet), { code: "registry-refused", message: /name a sign-in for 127/ });
    const wrong = { username: "ada", password: new Secret("byron") };
    const refused = { code: "registry-refused", message: /mend user name or password/ };
    await assert.rejects(images.pull(behind, { ...quiet, credentials: wrong }), refused);
    const credentials = { username: "ada", password: new Secret("lovelace") };
    await images.pull(behind, { ...quiet, credentials });
    await images.remove(behind);
  });

  test("a failed pull tells a missing image from a registry that does not answer", async () => {
    const { images, registry } = subject();
    const quiet = { signal: patience(), onProgress: () => undefined };
    await assert.rejects(images.pull(`${registry}/lab/nowhere:1`, quiet), { code: "image-missing" });
    await assert.rejects(images.pull("127.0.0.1:9/lab/small:1", quiet), { code: "image-pull-failed" });
    await assert.rejects(images.pull("127.0.0.1:9/Not A Name", quiet), /could not be fetched|does not give/);
  });

  test("an image gets another name, is pushed, and is listed with what its registry calls it", async () => {
    const { images, settings, registry, guarded } = subject();
    const quiet = { signal: patience(), onProgress: () => undefined };
    const name = `${registry}/lab/pushed:2.0`;
    await images.tag(settings.reference, name);
    const { digest } = await images.push(name, quiet);
    assert.match(digest ?? "", /^sha256:[0-9a-f]{64}$/);
    const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
    const stored = await fetch(`http://${registry}/v2/lab/pushed/manifests/${digest}`, { headers: { accept } });
    assert.equal(stored.status, 200);
    const listed = (await images.list()).find(({ references }) => references.includes(name));
    assert.ok(listed?.references.includes(settings.reference) === true);
    assert.equal(listed.id, (await images.inspect(name))?.id);
    assert.equal(listed.labels["org.hublet.test"], "yes");
    assert.ok(listed.created !== undefined && Math.abs(listed.created - Date.now()) < 3_600_000);
    const pinned = `${registry}/lab/pushed@${digest}`;
    await images.remove(name);
    const pulled = await images.pull(pinned, quiet);
    assert.ok(pulled.digests.includes(pinned), pulled.digests.join());
    await images.remove(pinned);

    const missing = `${registry}/lab/never-made:1`;
    await assert.rejects(images.push(missing, quiet), { code: "image-missing" });
    await assert.rejects(images.tag(missing, name), { code: "image-missing" });
    for (const [host, code] of [
      [guarded, "registry-refused"],
      ["127.0.0.1:9", "image-push-failed"],
    ]) {
      await images.tag(settings.reference, `${host}/lab/pushed:1`);
      await assert.rejects(images.push(`${host}/lab/pushed:1`, quiet), { code });
      await images.remove(`${host}/lab/pushed:1`);
    }
    assert.ok((await images.inspect(settings.reference)) !== undefined, "the first name stays");
  });

  test("a pull ends when its signal does", async () => {
    const { images } = subject();
    // A registry that takes the connection and says nothing.
    const open = new Set<Socket>();
    const mute = createTcpServer((socket) => open.add(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    try {
      const address = mute.address();
      assert.ok(address !== null && typeof address === "object");
      const signal = AbortSignal.timeout(300);
      const pull = images.pull(`127.0.0.1:${address.port}/lab/small:1`, { signal, onProgress: () => undefined });
      await assert.rejects(pull, { name: "TimeoutError" });
    } finally {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => mute.close(resolve));
    }
  });
}

/** A door with HTTP's basic sign-in before a registry. */
export async function guardedRegistry(registry: string, port: number): Promise<{ close(): Promise<void> }> {
  const expected = `Basic ${Buffer.from("ada:lovelace").toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"', "content-type": "application/json" });
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return;
    }
    const { authorization: _, ...headers } = request.headers;
    const onward = httpRequest(`http://${registry}${request.url}`, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
