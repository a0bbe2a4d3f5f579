import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import { createServer as createTls } from "node:https";
import { describe, test } from "node:test";
import { selfSigned } from "../../../test/support/certificates.ts";
import { type ErrorCode, HubError, Secret } from "../../kernel/index.ts";
import { createRegistryClient, type RegistryClientOptions } from "./client.ts";
import type { RegistryClient } from "./types.ts";

const credentials = { username: "lab", password: new Secret("s3cret-of-the-lab") };

interface Hostile {
  readonly address: string;
  readonly asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  close(): void;
}

async function listen(server: Server, asked: Hostile["asked"]): Promise<Hostile> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    address: `127.0.0.1:${address.port}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function serve(answer: RequestListener): Promise<Hostile> {
  const asked: Hostile["asked"] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", headers: request.headers });
    if (request.url === "/v2/" && request.headers["x-never"] === undefined && !wantsSignIn(answer)) response.end("{}");
    else answer(request, response);
  });
  return await listen(server, asked);
}

/** Answers marked so are asked at `/v2/` too. */
const SIGN_IN = Symbol("sign-in");
function signInFirst(answer: RequestListener): RequestListener {
  return Object.assign(answer, { [SIGN_IN]: true });
}
function wantsSignIn(answer: RequestListener): boolean {
  return SIGN_IN in answer;
}

async function asking<T>(
  options: Omit<RegistryClientOptions, "address"> & { readonly of: Hostile },
  work: (client: RegistryClient) => Promise<T>,
): Promise<T> {
  const { of, ...rest } = options;
  const client = createRegistryClient({ address: of.address, ...rest });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function failsWith(code: ErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.ok(!error.message.includes("s3cret"));
    return true;
  };
}

describe("a registry that means no good", () => {
  test("does not get our password told elsewhere by a redirect", async () => {
    const elsewhere = await serve((_, response) => response.end(JSON.stringify({ tags: ["1"] })));
    const registry = await serve(
      signInFirst((request, response) => {
        if (request.headers.authorization === undefined)
          response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        else response.writeHead(307, { location: `http://${elsewhere.address}/taken` }).end();
      }),
    );
    try {
      assert.deepEqual(await asking({ of: registry, credentials }, (client) => client.tags("lab/uspy")), ["1"]);
      assert.ok(registry.asked.some(({ headers }) => headers.authorization !== undefined));
      assert.equal(elsewhere.asked.length, 1);
      assert.ok(elsewhere.asked.every(({ headers }) => headers.authorization === undefined));
    } finally {
      registry.close();
      elsewhere.close();
    }
  });

  test("cannot have the place that it leads to ask us for our password", async () => {
    const elsewhere = await serve((request, response) => {
      const challenge = `Bearer realm="http://${request.headers.host}/token"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    const registry = await serve((_, response) => {
      response.writeHead(307, { location: `http://${elsewhere.address}/taken` }).end();
    });
    try {
      await assert.rejects(asking({ of: registry, credentials }, (client) => client.tags("lab/uspy")));
      assert.ok(elsewhere.asked.length > 0);
      assert.ok(elsewhere.asked.every(({ headers }) => headers.authorization === undefined));
    } finally {
      registry.close();
      elsewhere.close();
    }
  });

  test("is not followed from TLS to plain HTTP, neither by redirects nor to sign in", async () => {
    const pair = await selfSigned("localhost");
    const asked: Hostile["asked"] = [];
    const registry = await listen(
      createTls({ cert: pair.certificate, key: pair.key }, (request, response) => {
        if (request.url === "/v2/") response.end("{}");
        else if (request.url?.includes("/signin/") === true)
          response.writeHead(401, { "www-authenticate": 'Bearer realm="http://tokens.invalid/"' }).end();
        else response.writeHead(302, { location: "http://127.0.0.1:1/x" }).end();
      }),
      asked,
    );
    try {
      await asking({ of: registry, credentials, insecure: true }, async (client) => {
        await assert.rejects(client.tags("lab/uspy"), failsWith("registry-unreachable", /from TLS to plain HTTP/));
        await assert.rejects(client.tags("signin/x"), failsWith("registry-unreachable", /password could be read/));
      });
    } finally {
      registry.close();
    }
  });

  test("that leads in circles is left, by redirects and by pages", async () => {
    const circle = await serve((request, response) => {
      if (request.url?.startsWith("/v2/_catalog") === true) {
        response.writeHead(200, { link: '</v2/_catalog?last=a&n=1>; rel="next"' });
        response.end(JSON.stringify({ repositories: ["a"] }));
      } else response.writeHead(302, { location: request.url ?? "" }).end();
    });
    try {
      await asking({ of: circle }, async (client) => {
        assert.deepEqual(await client.repositories(), ["a"]);
        await assert.rejects(client.tags("lab/uspy"), failsWith("registry-unreachable", /leads on more than/));
      });
    } finally {
      circle.close();
    }
  });

  test("that names another host for the next page is asked itself", async () => {
    const registry = await serve((request, response) => {
      const last = request.url?.includes("last=") === true;
      if (!last) response.setHeader("link", '<http://elsewhere.invalid/v2/_catalog?last=a&n=1>; rel="next"');
      response.end(JSON.stringify({ repositories: last ? ["b", "../c", "B"] : ["a"] }));
    });
    try {
      // What is no name of a repository is left out.
      assert.deepEqual(await asking({ of: registry }, (client) => client.repositories()), ["a", "b"]);
    } finally {
      registry.close();
    }
  });

  test("that sends without end, or nothing at all, is left", async () => {
    const registry = await serve((request, response) => {
      if (request.url?.includes("silent") === true) return;
      const send = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, " ")));
        response.once("drain", send);
      };
      send();
    });
    try {
      await asking({ of: registry, timeoutMs: 3_000 }, async (client) => {
        await assert.rejects(client.tags("lab/endless"), failsWith("registry-unreachable", /sent more than/));
      });
      await asking({ of: registry, timeoutMs: 200 }, async (client) => {
        await assert.rejects(
          client.tags("lab/silent"),
          failsWith("registry-unreachable", /did not answer within 0.2 s/),
        );
      });
    } finally {
      registry.close();
    }
  });

  test("that is a web server of something else is told apart", async () => {
    const site = await serve(signInFirst((_, response) => response.writeHead(404).end("<html>")));
    const pages = await serve((_, response) => response.end("<html>welcome"));
    try {
      await assert.rejects(
        asking({ of: site }, (client) => client.repositories()),
        failsWith("registry-unreachable", /no registry.*status 404/),
      );
      await assert.rejects(
        asking({ of: pages }, (client) => client.repositories()),
        failsWith("registry-unreachable", /no registry.*something else/),
      );
    } finally {
      site.close();
      pages.close();
    }
  });

  test("that answers other content than a digest names is not believed", async () => {
    const registry = await serve((_, response) => response.end(JSON.stringify({ config: {}, layers: [] })));
    try {
      await assert.rejects(
        asking({ of: registry }, (client) => client.config("lab/uspy", `sha256:${"0".repeat(64)}`)),
        failsWith("registry-unreachable", /not what sha256:0+ names/),
      );
    } finally {
      registry.close();
    }
  });

  test("that fails is said to fail, with its own words cut short and without control characters", async () => {
    const registry = await serve((_, response) => {
      response.writeHead(503);
      response.end(
        JSON.stringify({ errors: [{ code: "UNAVAILABLE", message: `disk\u001b[31m\nfull ${"x".repeat(5000)}` }] }),
      );
    });
    try {
      await assert.rejects(
        asking({ of: registry }, (client) => client.tags("lab/uspy")),
        (error) => {
          assert.ok(error instanceof HubError && error.message.length < 500);
          return failsWith("registry-unreachable", /503; it said “UNAVAILABLE: disk \[31m full x/)(error);
        },
      );
    } finally {
      registry.close();
    }
  });
});
