import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { selfSigned, type TestPair } from "../../../test/support/certificates.ts";
import { heldClock } from "../../../test/support/held-clock.ts";
import { pushImage, startTestRegistry, type TestRegistry } from "../../../test/support/registry.ts";
import { HubError, Secret, systemClock } from "../../kernel/index.ts";
import { createRegistryClient, type RegistryClientOptions } from "./client.ts";
import type { RegistryClient } from "./types.ts";

const run = promisify(execFile);
const PASSWORD = "s3cret-of-the-lab";

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function failsWith(code: string, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    const told = `${error.message} ${error.detail ?? ""} ${JSON.stringify(error.facts ?? {})}`;
    assert.ok(!told.includes(PASSWORD) && !told.includes("wrong-password"), told);
    return true;
  };
}

async function withClient<T>(options: RegistryClientOptions, work: (client: RegistryClient) => Promise<T>): Promise<T> {
  const client = createRegistryClient(options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describe("a registry with passwords", () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await startTestRegistry({ account: { username: "lab", password: PASSWORD } });
    const authorization = basic("lab", PASSWORD);
    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1"], authorization });
  });
  after(() => registry.close());

  test("lets in who has the right one", async () => {
    const credentials = { username: "lab", password: new Secret(PASSWORD) };
    await withClient({ address: registry.address, credentials }, async (client) => {
      assert.deepEqual(await client.repositories(), ["lab/uspy"]);
      assert.match((await client.digest("lab/uspy", "1")) ?? "", /^sha256:/);
      await client.remove("lab/uspy", "1");
      assert.deepEqual(await client.tags("lab/uspy"), []);
    });
  });

  test("says that a password is wrong, and that none is configured, in different words", async () => {
    const credentials = { username: "lab", password: new Secret("wrong-password") };
    await withClient({ address: registry.address, credentials }, async (client) => {
      for (const question of [() => client.check(), () => client.repositories(), () => client.digest("lab/uspy", "1")])
        await assert.rejects(question(), failsWith("registry-refused", /does not accept the password of “lab”/));
    });
    await withClient({ address: registry.address }, (client) =>
      assert.rejects(client.tags("lab/uspy"), failsWith("registry-refused", /wants a sign-in, and none is configured/)),
    );
  });
});

describe("a registry by TLS", () => {
  let folder: string;
  let authority: string;
  let pair: TestPair;
  let registry: TestRegistry;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hublet-authority-"));
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-x509"];
    const [ca, caKey, leaf, leafKey] = ["ca.pem", "ca.key", "leaf.pem", "leaf.key"].map((name) => join(folder, name));
    assert.ok(ca && caKey && leaf && leafKey);
    await run("openssl", ["req", ...key, "-subj", "/CN=The lab's authority", "-keyout", caKey, "-out", ca]);
    const names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    const signed = ["-CA", ca, "-CAkey", caKey, "-subj", "/CN=registry", ...names];
    await run("openssl", ["req", ...key, ...signed, "-keyout", leafKey, "-out", leaf]);
    authority = await readFile(ca, "utf8");
    pair = { certificate: await readFile(leaf, "utf8"), key: await readFile(leafKey, "utf8") };
    registry = await startTestRegistry({ tls: pair, account: { username: "lab", password: PASSWORD } });
    const authorization = basic("lab", PASSWORD);
    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1"], authorization });
  });
  after(async () => {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  const credentials = { username: "lab", password: new Secret(PASSWORD) };

  test("is believed by its authority's certificate", async () => {
    await withClient({ address: registry.address, credentials, certificate: authority }, async (client) =>
      assert.deepEqual(await client.tags("lab/uspy"), ["1"]),
    );
  });

  test("is not believed without, and not asked by plain HTTP instead", async () => {
    await withClient({ address: registry.address, credentials }, (client) =>
      assert.rejects(
        client.tags("lab/uspy"),
        failsWith("registry-unreachable", /authority that is not known here.*certificate/),
      ),
    );
  });

  test("is not believed under another name", async () => {
    await withClient({ address: `localhost:${registry.port}`, credentials, certificate: authority }, (client) =>
      assert.rejects(client.tags("lab/uspy"), failsWith("registry-unreachable", /certificate is for another name/)),
    );
  });

  test("is asked unchecked where the configuration says insecure", async () => {
    await withClient({ address: registry.address, credentials, insecure: true }, async (client) =>
      assert.deepEqual(await client.tags("lab/uspy"), ["1"]),
    );
  });
});

describe("a registry by plain HTTP", () => {
  test("is asked on loopback, and elsewhere only where the configuration says insecure", async () => {
    const registry = await startTestRegistry();
    // A way of writing loopback that is not known as such: as good as any other host.
    const address = `127.1:${registry.port}`;
    try {
      await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1"] });
      await withClient({ address }, (client) =>
        assert.rejects(client.tags("lab/uspy"), failsWith("registry-unreachable", /does not speak TLS.*“insecure”/)),
      );
      await withClient({ address, insecure: true }, async (client) =>
        assert.deepEqual(await client.tags("lab/uspy"), ["1"]),
      );
      await withClient({ address: registry.address }, async (client) =>
        assert.deepEqual(await client.tags("lab/uspy"), ["1"]),
      );
    } finally {
      await registry.close();
    }
  });
});

/** A token server by the distribution project's specification, whose tokens the real registry checks. */
async function startTokens(pair: TestPair, lifeSeconds: number) {
  const asked: { readonly url: URL; readonly authorization: string | undefined }[] = [];
  const spoiled = { next: false };
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? "", "http://tokens");
    const { authorization } = request.headers;
    asked.push({ url, authorization });
    if (authorization !== undefined && authorization !== basic("lab", PASSWORD)) {
      response.writeHead(401).end();
      return;
    }
    const access = url.searchParams.getAll("scope").map((scope) => {
      const [type = "", name = "", actions = ""] = scope.split(":");
      // Whoever does not sign in may only pull, and nobody may delete.
      const granted = actions
        .split(",")
        .filter((one) => one === "pull" || (authorization !== undefined && one === "*"));
      return { type, name, actions: granted };
    });
    const token = jwt(pair, { aud: spoiled.next ? "another" : url.searchParams.get("service"), access });
    spoiled.next = false;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ token, expires_in: lifeSeconds }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { asked, spoiled, server, realm: `http://127.0.0.1:${portOf(server)}/token` };
}

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

function jwt(pair: TestPair, claims: object): string {
  const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const x5c = [new X509Certificate(pair.certificate).raw.toString("base64")];
  const head = encoded({ typ: "JWT", alg: "ES256", x5c });
  const body = encoded({
    iss: "tokens",
    sub: "",
    exp: now + 600,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    ...claims,
  });
  const key = { key: createPrivateKey(pair.key), dsaEncoding: "ieee-p1363" } as const;
  return `${head}.${body}.${sign("sha256", Buffer.from(`${head}.${body}`), key).toString("base64url")}`;
}

describe("a registry with a token server", () => {
  let registry: TestRegistry;
  let tokens: Awaited<ReturnType<typeof startTokens>>;
  const clock = heldClock();
  const credentials = { username: "lab", password: new Secret(PASSWORD) };

  before(async () => {
    const pair = await selfSigned("tokens");
    tokens = await startTokens(pair, 300);
    registry = await startTestRegistry({
      tokens: { realm: tokens.realm, service: "the-registry", issuer: "tokens", certificate: pair.certificate },
    });
    const access = [{ type: "repository", name: "lab/uspy", actions: ["pull", "push"] }];
    const authorization = `Bearer ${jwt(pair, { aud: "the-registry", access })}`;
    await pushImage(registry.origin, { repository: "lab/uspy", tags: ["1", "2"], authorization });
  });
  after(async () => {
    tokens.server.close();
    await registry.close();
  });

  test("is asked with a token for just what is wanted, which is kept until it ends", async () => {
    await withClient({ address: registry.address, credentials, clock }, async (client) => {
      tokens.asked.length = 0;
      await Promise.all(Array.from({ length: 10 }, () => client.tags("lab/uspy")));
      await client.tags("lab/uspy");
      assert.equal(tokens.asked.length, 1);
      assert.deepEqual(Object.fromEntries(tokens.asked[0]?.url.searchParams ?? []), {
        service: "the-registry",
        scope: "repository:lab/uspy:pull",
      });
      assert.deepEqual(await client.repositories(), ["lab/uspy"]);
      assert.equal(tokens.asked.length, 2);
      assert.equal(tokens.asked[1]?.url.searchParams.get("scope"), "registry:catalog:*");
      clock.pass(299_000);
      await client.tags("lab/uspy");
      assert.equal(tokens.asked.length, 3);
    });
  });

  test("is asked with another token once it has refused one", async () => {
    await withClient({ address: registry.address, credentials, clock }, async (client) => {
      tokens.spoiled.next = true;
      await assert.rejects(client.tags("lab/uspy"), failsWith("registry-refused", /does not allow “lab”/));
      assert.equal((await client.tags("lab/uspy")).length, 2);
    });
  });

  test("lets pull who does not sign in, and says that more wants it", async () => {
    await withClient({ address: registry.address, clock }, async (client) => {
      assert.equal((await client.tags("lab/uspy")).length, 2);
      await assert.rejects(client.repositories(), failsWith("registry-refused", /none is configured/));
    });
    assert.ok(tokens.asked.some(({ authorization }) => authorization === undefined));
  });

  test("says that a right is missing when the password is right", async () => {
    await withClient({ address: registry.address, credentials, clock }, (client) =>
      assert.rejects(
        client.remove("lab/uspy", "1"),
        failsWith("registry-refused", /does not allow “lab” to remove lab\/uspy:1/),
      ),
    );
  });

  test("says that a password is wrong when its token server does", async () => {
    const wrong = { username: "lab", password: new Secret("wrong-password") };
    await withClient({ address: registry.address, credentials: wrong, clock }, (client) =>
      assert.rejects(client.tags("lab/uspy"), failsWith("registry-refused", /does not accept the password of “lab”/)),
    );
  });

  test("an aborted question does not take the token from others who wait for it", async () => {
    await withClient({ address: registry.address, credentials, clock: systemClock }, async (client) => {
      const abort = new AbortController();
      const first = client.tags("lab/uspy", abort.signal);
      const second = client.tags("lab/uspy");
      abort.abort(new Error("enough"));
      await assert.rejects(first, /enough/);
      assert.equal((await second).length, 2);
    });
  });
});
