/** The real `docker-registry` for tests, and tiny images to fill it with. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hashSync } from "bcryptjs";
import { Agent, request } from "undici";
import type { Closable } from "../../src/kernel/index.ts";
import type { TestPair } from "./certificates.ts";

export interface TestRegistryOptions {
  readonly account?: { readonly username: string; readonly password: string };
  /** Served by TLS with this pair. */
  readonly tls?: TestPair;
  /** Default true. */
  readonly deletion?: boolean;
  /** Repositories that it gives at once. */
  readonly mostListed?: number;
  /** Signs in by tokens of a server there; `certificate` is the PEM file text of who signs them. */
  readonly tokens?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
}

export interface TestRegistry extends Closable {
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly origin: string;
  /** Where it keeps its images: `…/docker/registry/v2/repositories/NAME`. */
  readonly storage: string;
  /** Ends the process; the images stay. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-registry-"));
  const port = await freePort();
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(await configOf(options, folder, port)));
  const origin = `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  };
  const start = async (): Promise<void> => {
    child = spawn("docker-registry", ["serve", file], { stdio: ["ignore", "ignore", "pipe"] });
    await answering(origin, child);
  };
  await start();
  return {
    port,
    address: `127.0.0.1:${port}`,
    origin,
    storage: join(folder, "data/docker/registry/v2/repositories"),
    stop,
    start,
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

export interface PushedImage {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: readonly string[];
  /** Default: this machine's. Several make an index. */
  readonly architectures?: readonly string[];
  /** Equal texts make equal content; default: random. */
  readonly content?: string;
  /** `Authorization` of the requests. */
  readonly authorization?: string;
}

/** Pushes an image without a real layer, and returns the digest that its tags name. */
export async function pushImage(origin: string, image: PushedImage): Promise<string> {
  const content = image.content ?? randomBytes(8).toString("hex");
  const own = process.arch === "x64" ? "amd64" : process.arch;
  const manifests = [];
  for (const architecture of image.architectures ?? [own])
    manifests.push({ architecture, ...(await pushManifest(origin, image, architecture, content)) });
  const [first] = manifests;
  if (first === undefined) throw new Error("an image is for some architecture");
  if (image.architectures === undefined) {
    for (const tag of image.tags) await put(origin, image, `manifests/${tag}`, first.text, MANIFEST);
    return first.digest;
  }
  const entries = manifests.map(({ architecture, text, digest }) => ({
    mediaType: MANIFEST,
    digest,
    size: text.length,
    platform: { os: "linux", architecture },
  }));
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  for (const tag of image.tags) await put(origin, image, `manifests/${tag}`, index, INDEX);
  return digestOf(index);
}

/** Gives a repository further names, where each has all its versions: pushing thousands would take minutes. */
export async function repeatRepository(
  { storage }: Pick<TestRegistry, "storage">,
  repository: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    await mkdir(join(storage, name), { recursive: true });
    for (const part of ["_layers", "_manifests"])
      await symlink(join(storage, repository, part), join(storage, name, part));
  }
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
// Tests meet certificates of their own making; what is pushed is worth nothing.
const unchecked = new Agent({ connect: { rejectUnauthorized: false } });

async function pushManifest(
  origin: string,
  image: PushedImage,
  architecture: string,
  content: string,
): Promise<{ readonly text: string; readonly digest: string }> {
  const config = JSON.stringify({
    os: "linux",
    architecture,
    created: "2026-01-02T03:04:05Z",
    config: { Labels: image.labels ?? null, Env: image.environment ?? null },
    rootfs: { type: "layers", diff_ids: [] },
    comment: content,
  });
  await pushBlob(origin, image, config);
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
    layers: [],
  });
  const digest = digestOf(text);
  await put(origin, image, `manifests/${digest}`, text, MANIFEST);
  return { text, digest };
}

async function pushBlob(origin: string, image: PushedImage, blob: string): Promise<void> {
  const started = await request(`${origin}/v2/${image.repository}/blobs/uploads/`, {
    method: "POST",
    headers: headersOf(image, {}),
    dispatcher: unchecked,
  });
  await started.body.dump();
  const location = new URL([started.headers.location].flat()[0] ?? "", origin);
  location.searchParams.set("digest", digestOf(blob));
  await send(location, image, blob, "application/octet-stream");
}

async function put(origin: string, image: PushedImage, path: string, text: string, type: string): Promise<void> {
  await send(new URL(`${origin}/v2/${image.repository}/${path}`), image, text, type);
}

async function send(url: URL, image: PushedImage, body: string, type: string): Promise<void> {
  const answer = await request(url, {
    method: "PUT",
    body,
    headers: headersOf(image, { "content-type": type }),
    dispatcher: unchecked,
  });
  const said = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`${url.pathname}: ${answer.statusCode} ${said}`);
}

function headersOf(image: PushedImage, headers: Readonly<Record<string, string>>): Record<string, string> {
  return { ...headers, ...(image.authorization === undefined ? {} : { authorization: image.authorization }) };
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

async function configOf(options: TestRegistryOptions, folder: string, port: number): Promise<object> {
  const { account, tls, tokens, mostListed, deletion = true } = options;
  const written = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const htpasswd = account && {
    path: await written("htpasswd", `${account.username}:${hashSync(account.password, 4)}\n`),
  };
  const token = tokens && {
    realm: tokens.realm,
    service: tokens.service,
    issuer: tokens.issuer,
    rootcertbundle: await written("tokens.pem", tokens.certificate),
  };
  return {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: deletion } },
    ...(mostListed && { catalog: { maxentries: mostListed } }),
    ...(htpasswd && { auth: { htpasswd: { realm: "test", ...htpasswd } } }),
    ...(token && { auth: { token } }),
    http: {
      addr: `127.0.0.1:${port}`,
      relativeurls: true,
      ...(tls && {
        tls: { certificate: await written("tls.pem", tls.certificate), key: await written("tls.key", tls.key) },
      }),
    },
  };
}

async function answering(origin: string, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2_000);
  });
  for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
    const answer = await request(`${origin}/v2/`, { dispatcher: unchecked }).catch(() => undefined);
    await answer?.body.dump();
    if (answer !== undefined) return;
    await delay(25);
  }
  throw new Error(`docker-registry does not answer at ${origin}. It said: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
