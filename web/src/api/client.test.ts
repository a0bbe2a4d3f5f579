import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { ApiError, createApi } from "./client.ts";

interface Visit {
  readonly went: string[];
  reloads: number;
}

/** A client against a real server that answers as `answer` says; `cookie` is what the browser holds. */
async function openHub(
  t: TestContext,
  cookie: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const visit: Visit = { went: [], reloads: 0 };
  const page = {
    document: { cookie },
    location: {
      pathname: "/hub/token",
      search: "?a=1",
      assign: (to: string | URL) => void visit.went.push(String(to)),
      reload: () => {
        visit.reloads += 1;
      },
    },
  };
  const user = { name: "alice", admin: false };
  const api = createApi({ hubName: "Lab", baseUrl: `http://127.0.0.1:${port}/`, xsrf: "old", user }, page);
  return { api, visit, server };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const SESSION = {
  hub: { name: "Lab", version: "1", baseUrl: "/", banner: null, passwords: true },
  user: { name: "alice", admin: false, hasPassword: true },
};

test("every request carries the token and says JSON", async (t) => {
  const { api } = await openHub(t, "", (request, response) => json(response, 200, request.headers));
  const seen = await api.call<Record<string, string>>("x", { method: "POST", body: { a: 1 } });
  assert.equal(seen["x-xsrftoken"], "old");
  assert.equal(seen["content-type"], "application/json");
});

test("an answer without a body is nothing", async (t) => {
  const { api } = await openHub(t, "", (_request, response) => response.writeHead(202).end());
  assert.equal(await api.call("x", { method: "DELETE" }), undefined);
});

test("after a sign-in in another tab the cookie's new token is used, and kept", async (t) => {
  const tokens: unknown[] = [];
  const { api } = await openHub(t, "theme=dark; _xsrf=new", (request, response) => {
    tokens.push(request.headers["x-xsrftoken"]);
    if (request.headers["x-xsrftoken"] === "new") json(response, 200, {});
    else json(response, 403, { status: 403, message: "XSRF cookie does not match POST argument" });
  });
  await api.call("x");
  await api.call("x");
  assert.deepEqual(tokens, ["old", "new", "new"]);
  assert.match(api.streamUrl("hublet/events"), /_xsrf=new$/);
});

test("a session that ended leads to the sign-in page and back", async (t) => {
  const { api, visit } = await openHub(t, "", (_request, response) =>
    json(response, 403, { status: 403, message: "No." }),
  );
  await assert.rejects(api.call("x"), { status: 403 });
  assert.match(visit.went.join(), /\/hub\/login\?next=%2Fhub%2Ftoken%3Fa%3D1$/);
});

test("a refusal while the session holds stays on the page, with the hub's words", async (t) => {
  const { api, visit } = await openHub(t, "", (request, response) => {
    if (request.url?.endsWith("/session") === true) json(response, 200, SESSION);
    else json(response, 403, { status: 403, message: "The current password is wrong." });
  });
  await assert.rejects(api.call("x"), new ApiError(403, "The current password is wrong."));
  assert.deepEqual(visit, { went: [], reloads: 0 });
});

test("when somebody else has signed in with this browser, the page is loaded anew", async (t) => {
  const { api, visit } = await openHub(t, "", (request, response) => {
    const bob = { ...SESSION, user: { ...SESSION.user, name: "bob" } };
    if (request.url?.endsWith("/session") === true) json(response, 200, bob);
    else json(response, 403, { status: 403, message: "No." });
  });
  await assert.rejects(api.call("x"));
  assert.equal(visit.reloads, 1);
});

test("a hub that does not answer is status 0", async (t) => {
  const { api, server } = await openHub(t, "", () => undefined);
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(api.call("x"), { status: 0 });
});

test("an answer that is no JSON has no words of the hub", async (t) => {
  const { api } = await openHub(t, "", (_request, response) => response.writeHead(502).end("<html>Bad gateway"));
  await assert.rejects(api.call("x"), new ApiError(502, ""));
});
