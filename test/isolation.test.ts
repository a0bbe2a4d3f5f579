/**
 * A second person cannot open the first one's server: not by its address, a websocket, the network of a container, a pass of
 * another server, or the host's own loopback. Beside every refusal stands the same way taken by the owner, which is open.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { networkInterfaces } from "node:os";
import { after, before, describe, test } from "node:test";
import { request } from "undici";
import { GATE_COOKIE, randomHex } from "../src/kernel/index.ts";
import { startHub, type TestHub } from "./support/hub.ts";
import type { Kernel } from "./support/kernel.ts";
import { type Answer, Person } from "./support/person.ts";

const CONFIG = `
profiles:
  - {name: hub, title: With JupyterHub inside, protocol: jupyterhub}
  - {name: plain, title: Plain JupyterLab, protocol: http}
`;
/** Server names by protocol: the default one has JupyterHub inside. */
const SERVERS = { jupyterhub: "", http: "plain" } as const;
type Protocol = keyof typeof SERVERS;
const PROTOCOLS: readonly Protocol[] = ["jupyterhub", "http"];
const REFUSALS = [302, 401, 403, 404];
const SECRET = `secret-${randomHex(8)}`;
/** What a program on the host's loopback says to whoever reaches it. */
const CANARY = `canary-${randomHex(8)}`;

interface Side {
  readonly person: Person;
  readonly token: string;
  readonly kernels: Readonly<Record<Protocol, Kernel>>;
}

let hub: TestHub;
let admin: Person;
let alice: Side;
let bob: Side;

before(async () => {
  hub = await startHub({ config: CONFIG });
  admin = new Person(hub.origin, hub.admin);
  assert.ok(hub.claimLink !== undefined);
  await admin.claim(hub.claimLink);
  alice = await enter(await admin.invite(`a${randomHex(4)}`));
  bob = await enter(await admin.invite(`b${randomHex(4)}`));
  const saved = await alice.person.send("PUT", `${prefixOf(alice, "jupyterhub")}api/contents/secret.txt`, {
    body: { type: "file", format: "text", content: SECRET },
  });
  assert.equal(saved.status, 201, saved.text);
});

after(async () => {
  for (const side of [alice, bob]) for (const kernel of Object.values(side?.kernels ?? {})) kernel.close();
  await hub?.destroy();
});

describe("by address", () => {
  for (const protocol of PROTOCOLS) {
    test(`the owner's cookies open her server of protocol ${protocol}`, async () => {
      const prefix = prefixOf(alice, protocol);
      const lab = await alice.person.open(`${prefix}lab`);
      assert.equal(lab.status, 200);
      assert.match(lab.text, /jupyter-config-data/);
      assert.equal((await alice.person.send("GET", `${prefix}api/status`)).status, 200);
      assert.equal((await alice.person.send("GET", `${prefix}files/secret.txt`)).text, SECRET);
    });

    test(`nobody else's cookies or tokens open it: ${protocol}`, async () => {
      const mine = (await serverToken(bob.kernels.jupyterhub)) ?? "";
      const authorization = (scheme: string, token: string) => ({ headers: { authorization: `${scheme} ${token}` } });
      const attackers = {
        nobody: { cookie: "" },
        "another person": { cookie: bob.person.allCookies() },
        "another person's cookies under this server's names": { cookie: renamed(bob.person.allCookies()) },
        "another person's token": { cookie: "", ...authorization("token", bob.token) },
        "another person's bearer token": { cookie: "", ...authorization("Bearer", bob.token) },
        "another server's token": { cookie: "", ...authorization("token", mine) },
        "a token and cookies": { cookie: bob.person.allCookies(), ...authorization("token", bob.token) },
      };
      for (const [who, sending] of Object.entries(attackers)) {
        for (const path of contentPaths(prefixOf(alice, protocol))) {
          assertRefused(await bob.person.send("GET", path, sending), `${who}: GET ${path}`);
        }
      }
      for (const path of contentPaths(prefixOf(alice, protocol))) {
        const withToken = `${path}${path.includes("?") ? "&" : "?"}token=${bob.token}`;
        assertRefused(await bob.person.send("GET", withToken, { cookie: "" }), `a token in the address: ${path}`);
      }
    });

    test(`following the redirects leads another person nowhere: ${protocol}`, async () => {
      for (const path of contentPaths(prefixOf(alice, protocol))) {
        const end = await bob.person.open(path);
        assert.ok(end.status === 403 || end.status === 404, `${path}: ${end.status}`);
        assertNothingShown(end, path);
      }
    });

    test(`another person can neither write nor run anything: ${protocol}`, async () => {
      const prefix = prefixOf(alice, protocol);
      const file = { body: { type: "file", format: "text", content: "spoilt" } };
      for (const headers of [{}, { authorization: `token ${bob.token}` }]) {
        const sending = { cookie: bob.person.allCookies(), headers };
        const written = await bob.person.send("PUT", `${prefix}api/contents/secret.txt`, { ...file, ...sending });
        assertRefused(written, "writing");
        assertRefused(await bob.person.send("POST", `${prefix}api/kernels`, { body: {}, ...sending }), "a kernel");
      }
      assert.equal((await alice.person.send("GET", `${prefix}files/secret.txt`)).text, SECRET);
    });
  }

  test("the owner's API token opens her server that has JupyterHub inside", async () => {
    const headers = { authorization: `token ${alice.token}` };
    const path = `${prefixOf(alice, "jupyterhub")}files/secret.txt`;
    assert.equal((await alice.person.send("GET", path, { cookie: "", headers })).text, SECRET);
  });

  test("the hub gives another person no OAuth code and no gate pass", async () => {
    const authorize = new URLSearchParams({
      client_id: `jupyterhub-user-${alice.person.name}`,
      redirect_uri: `${prefixOf(alice, "jupyterhub")}oauth_callback`,
      response_type: "code",
      state: "x",
    });
    const own = await alice.person.send("GET", `/hub/api/oauth2/authorize?${authorize}`);
    assert.match(own.location ?? "", /[?&]code=/);
    const other = await bob.person.send("GET", `/hub/api/oauth2/authorize?${authorize}`);
    assert.deepEqual([other.status, other.location], [403, undefined]);

    const gate = `/hub/gate?next=${encodeURIComponent(`${prefixOf(alice, "http")}lab`)}`;
    assert.equal((await alice.person.send("GET", gate)).status, 302);
    const before = bob.person.allCookies();
    assert.equal((await bob.person.send("GET", gate)).status, 404);
    assert.equal(bob.person.allCookies(), before);
  });

  test("an address that is escaped to climb out of one's own server leads nowhere", async () => {
    for (const protocol of PROTOCOLS) {
      const target = encodeURIComponent(prefixOf(alice, protocol).slice("/user/".length));
      for (const path of [`${prefixOf(bob, "http")}..%2F..%2F${target}files/secret.txt`, `/user/${target}api/status`]) {
        assertRefused(await bob.person.send("GET", path, { cookie: bob.person.allCookies() }), path);
      }
    }
  });
});

describe("by websocket", () => {
  for (const protocol of PROTOCOLS) {
    test(`only the owner gets through to her kernel: ${protocol}`, async () => {
      const { path } = alice.kernels[protocol];
      const origin = { origin: hub.origin };
      const { person } = bob;
      assert.equal(await person.knock(path, { ...origin, cookie: alice.person.cookiesFor(path) }), 101);
      if (protocol === "jupyterhub")
        assert.equal(await person.knock(path, { authorization: `token ${alice.token}` }), 101);

      const attackers = {
        nobody: origin,
        "another person": { ...origin, cookie: person.allCookies() },
        "another person's cookies under this server's names": { ...origin, cookie: renamed(person.allCookies()) },
        "another person's token": { authorization: `token ${bob.token}` },
        "a token and cookies": { ...origin, cookie: person.allCookies(), authorization: `token ${bob.token}` },
        "another site with the owner's cookies": { cookie: alice.person.cookiesFor(path), origin: "http://evil.test" },
      };
      for (const [who, headers] of Object.entries(attackers)) {
        const status = await person.knock(path, headers);
        assert.ok(REFUSALS.includes(status), `${who}: ${status}`);
      }
      const terminal = path.replace(/api\/kernels\/.*/, "terminals/websocket/1");
      const status = await person.knock(terminal, { ...origin, cookie: person.allCookies() });
      assert.ok(REFUSALS.includes(status), `a terminal: ${status}`);
    });
  }

  test("another person's own kernel is open to that person", async () => {
    for (const protocol of PROTOCOLS) assert.equal(await bob.kernels[protocol].run("print(6 * 7)"), "42");
  });
});

describe("by a pass for another server or start", () => {
  test("a valid gate cookie opens the server that it was given for, and no other", async () => {
    const own = `${prefixOf(bob, "http")}api/status`;
    const pass = `${GATE_COOKIE}=${bob.person.cookie(GATE_COOKIE, own)}`;
    assert.equal((await bob.person.send("GET", own, { cookie: pass })).status, 200);
    const hers = `${prefixOf(alice, "http")}api/status`;
    assertRefused(await bob.person.send("GET", hers, { cookie: pass }), hers);
    const { path } = alice.kernels.http;
    assert.equal(await bob.person.knock(path, { origin: hub.origin, cookie: pass }), 403);
  });

  test("a pass of an earlier start opens nothing", async () => {
    const carol = await admin.invite(`c${randomHex(4)}`);
    await carol.start("plain", "plain");
    const path = `/user/${carol.name}/plain/api/status`;
    await carol.open(`/user/${carol.name}/plain/lab`);
    const old = `${GATE_COOKIE}=${carol.cookie(GATE_COOKIE, path)}`;
    assert.equal((await carol.send("GET", path, { cookie: old })).status, 200);
    await carol.stop("plain");
    await carol.start("plain", "plain");
    assertRefused(await carol.send("GET", path, { cookie: old }), "the old pass");
    await carol.open(`/user/${carol.name}/plain/lab`);
    assert.equal((await carol.send("GET", path)).status, 200);
    await carol.stop("plain");
  });
});

describe("by the network, from inside a container", () => {
  let canary: Server;
  let canaryPort: number;
  let published: Readonly<Record<Protocol, string>>;

  before(async () => {
    canary = createServer((_request, response) => void response.end(CANARY));
    canary.listen(0, "127.0.0.1");
    await once(canary, "listening");
    const address = canary.address();
    assert.ok(address !== null && typeof address === "object");
    canaryPort = address.port;
    published = await publishedUrls(alice.person.name);
  });
  after(() => canary?.close());

  for (const from of PROTOCOLS) {
    test(`no address leads to another's server, or to the host's loopback: from protocol ${from}`, async () => {
      const inside = bob.kernels[from];
      const own = `${prefixOf(bob, from)}api`;
      // The probe sees a server where there is one: her own, from inside her container, and hers from the host.
      const [self] = await probe(inside, [["127.0.0.1", 8888, own]]);
      assert.equal(self?.status, 200);
      for (const protocol of PROTOCOLS) {
        const path = `${prefixOf(alice, protocol)}api`;
        const [hers] = await probe(alice.kernels[protocol], [["127.0.0.1", 8888, path]]);
        assert.equal(hers?.status, 200);
        assert.equal((await request(published[protocol] + path)).statusCode, 200);
      }

      const knocks: Knock[] = [];
      const addresses = await addressesSeenFrom(inside);
      for (const protocol of PROTOCOLS) {
        const path = `${prefixOf(alice, protocol)}api`;
        const container = alice.person.name + (protocol === "http" ? "--plain" : "");
        const hers = [await ownAddress(alice.kernels[protocol]), `jupyter-${container}`];
        for (const address of [...hers, ...addresses]) {
          for (const port of [8888, Number(new URL(published[protocol]).port)]) knocks.push([address, port, path]);
        }
      }
      for (const { knock, status } of await probe(inside, knocks)) {
        assert.notEqual(status, 200, `${knock[0]}:${knock[1]} answers for ${knock[2]}`);
      }

      for (const address of addresses) {
        const [door, canary] = await probe(inside, [
          [address, hub.port, "/hub/api/"],
          [address, canaryPort, "/"],
        ]);
        assert.ok(!door?.text.includes("version"), `the hub's port of the host's loopback answers at ${address}`);
        assert.notEqual(canary?.text, CANARY, `the host's loopback can be reached at ${address}`);
      }
      assert.equal(await (await request(`http://127.0.0.1:${canaryPort}`)).body.text(), CANARY);
      assert.match(await (await request(`http://127.0.0.1:${hub.port}/hub/api/`)).body.text(), /version/);
    });
  }

  test("a server sees none of the hub's files but its door, and that it cannot change", async () => {
    const seen = await bob.kernels.jupyterhub.run(
      `import os; print(sorted(os.listdir("/run/hublet")), os.path.exists(${JSON.stringify(hub.state)}))`,
    );
    assert.equal(seen, "['hub-bridge.py', 'hub.sock'] False");
    await assert.rejects(bob.kernels.jupyterhub.run(`open("/run/hublet/hub-bridge.py", "a")`), /Error/);
    await assert.rejects(bob.kernels.jupyterhub.run(`import os; os.remove("/run/hublet/hub.sock")`), /Error/);
    assert.equal(await bob.kernels.http.run(`import os; print(os.path.exists("/run/hublet"))`), "False");
    assert.match(await alice.kernels.http.run(`import os; print(os.listdir())`), /secret\.txt/, "her own volume");
    for (const protocol of PROTOCOLS)
      assert.doesNotMatch(await bob.kernels[protocol].run(`import os; print(os.listdir())`), /secret\.txt/);
  });

  test("the hub's door shows its API only, and gives nothing of others", async () => {
    const token = await serverToken(bob.kernels.jupyterhub);
    const { name } = alice.person;
    const ask = (paths: readonly string[], bearer: string | undefined) =>
      probe(
        bob.kernels.jupyterhub,
        paths.map((path): Knock => ["127.0.0.1", 8081, path, bearer]),
      );
    const [version, self] = await ask(["/hub/api/", "/hub/api/user"], token);
    assert.equal(version?.status, 200);
    assert.deepEqual([self?.status, self?.text.includes(`"${bob.person.name}"`)], [200, true]);

    const closed = [
      ...["user", "users", `users/${name}`, `users/${name}/server`, `users/${name}/tokens`, "proxy", "info"],
      ...["hublet/home", "hublet/people", `hublet/users/${name}/servers//log`, "groups", "services"],
    ].map((path) => `/hub/api/${path}`);
    for (const { knock, status } of await ask(closed, undefined))
      assert.ok([401, 403, 404].includes(status), `${knock[2]} without a token: ${status}`);
    const hers = closed.filter((path) => !["/hub/api/user", "/hub/api/hublet/home"].includes(path));
    for (const { knock, status, text } of await ask(hers, token)) {
      assert.ok([401, 403, 404].includes(status), `${knock[2]} with another server's token: ${status}`);
      assert.doesNotMatch(text, new RegExp(`"${name}"`));
    }
    const pages = [
      ...["/", "/hub/", "/hub/home", "/hub/login", "/hub/admin", "/hub/gate", "/hub/claim", "/hub/token"],
      ...[`/user/${name}/lab`, `/hub/user/${name}/lab`, "/api/routes", "/hub/error/503", "/hub/gate/renew"],
    ];
    for (const bearer of [undefined, token]) {
      for (const { knock, status } of await ask(pages, bearer)) assert.equal(status, 404, knock[2]);
    }
    const [absent] = await probe(bob.kernels.http, [["127.0.0.1", 8081, "/hub/api/"]]);
    assert.equal(absent?.connected, false, "servers of protocol http have no door");
  });
});

describe("by another account of the host", () => {
  for (const protocol of PROTOCOLS) {
    test(`the published port asks for the server's own token: ${protocol}`, async () => {
      const url = (await publishedUrls(alice.person.name))[protocol];
      assert.equal(new URL(url).hostname, "127.0.0.1");
      const own = await serverToken(alice.kernels[protocol]);
      const ask = async (path: string, token: string | undefined) => {
        const answer = await request(url + path, {
          headers: token === undefined ? {} : { authorization: `token ${token}` },
        });
        return { status: answer.statusCode, location: undefined, text: await answer.body.text() };
      };
      // A server with JupyterHub inside asks the hub who is there: its own token is its owner's.
      const credentials = protocol === "http" ? own : alice.token;
      const file = `${prefixOf(alice, protocol)}files/secret.txt`;
      assert.equal((await ask(file, credentials)).text, SECRET);
      assert.equal((await ask(`${prefixOf(alice, protocol)}api/status`, undefined)).status, 403);
      const others = [undefined, bob.token, await serverToken(bob.kernels[protocol]), ""];
      for (const path of contentPaths(prefixOf(alice, protocol))) {
        for (const token of others) assertRefused(await ask(path, token), `${path} by the published port`);
      }
    });
  }
});

/** Starts one server of each protocol, signs in to both, and runs a kernel in each. */
async function enter(person: Person): Promise<Side> {
  await Promise.all([person.start("", "hub"), person.start("plain", "plain")]);
  const open = async (protocol: Protocol): Promise<Kernel> => {
    const prefix = `/user/${person.name}/${SERVERS[protocol] === "" ? "" : `${SERVERS[protocol]}/`}`;
    assert.equal((await person.open(`${prefix}lab`)).status, 200);
    return person.kernel(prefix);
  };
  const jupyterhub = await open("jupyterhub");
  return { person, token: await person.token(), kernels: { jupyterhub, http: await open("http") } };
}

function prefixOf(side: Side, protocol: Protocol): string {
  return `/user/${side.person.name}/${SERVERS[protocol] === "" ? "" : `${SERVERS[protocol]}/`}`;
}

/** Pages, state, files and kernels: what only the owner may see. */
function contentPaths(prefix: string): string[] {
  return [
    "lab",
    "tree",
    "api/status",
    "api/kernels",
    "api/contents/secret.txt?content=1",
    "files/secret.txt",
    "view/secret.txt",
    "lab/api/settings/@jupyterlab/apputils-extension:themes",
  ].map((path) => prefix + path);
}

/** Another server's OAuth cookies under the names that Alice's server looks for. */
function renamed(cookies: string): string {
  return cookies.replaceAll(`jupyterhub-user-${bob.person.name}`, `jupyterhub-user-${alice.person.name}`);
}

function assertRefused(answer: Answer, what: string): void {
  assert.ok(REFUSALS.includes(answer.status), `${what}: ${answer.status}`);
  assert.doesNotMatch(answer.location ?? "", /[?&]code=/, what);
  assertNothingShown(answer, what);
}

function assertNothingShown(answer: Answer, what: string): void {
  for (const sign of [SECRET, "jupyter-config-data", "secret.txt", "execution_state", "connections"]) {
    // A refusal may repeat the address that was asked for, and nothing else.
    const shown = sign === "secret.txt" ? answer.text.replaceAll(/[^\s"]*secret\.txt[^\s"]*/g, "") : answer.text;
    assert.ok(!shown.includes(sign), `${what} shows ${sign}`);
  }
}

/** Where the engine publishes somebody's servers on the host, as an admin may see. */
async function publishedUrls(name: string): Promise<Record<Protocol, string>> {
  const answer = await admin.api("GET", `/users/${name}`);
  const { servers } = JSON.parse(answer.text) as { servers: Record<string, { state: { address: string } }> };
  return { jupyterhub: servers[""]?.state.address ?? "", http: servers.plain?.state.address ?? "" };
}

/** The token that the hub gave to a server. */
async function serverToken(kernel: Kernel): Promise<string | undefined> {
  const environment = await kernel.run(`print(open("/proc/1/environ").read().replace("\\0", "\\n"))`);
  return /^JUPYTER(?:HUB_API)?_TOKEN=(.+)$/m.exec(environment)?.[1];
}

async function ownAddress(kernel: Kernel): Promise<string> {
  return kernel.run(
    `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(("192.0.2.1", 9)); print(s.getsockname()[0])`,
  );
}

/** Every address under which a container could find the host: its router, what engines call the host, the host's own. */
async function addressesSeenFrom(kernel: Kernel): Promise<string[]> {
  const routers = await kernel.run(
    `import socket, struct
for line in list(open("/proc/net/route"))[1:]:
    gateway = int(line.split()[2], 16)
    if gateway: print(socket.inet_ntoa(struct.pack("<L", gateway)))
for line in open("/etc/hosts"):
    if "containers.internal" in line or "docker.internal" in line: print(line.split()[0])`,
  );
  const host = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = host.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
  return [...new Set(["127.0.0.1", "10.0.2.2", "169.254.1.2", ...routers.split(/\s+/).filter(Boolean), ...own])];
}

/** Address, port and path; a token to show. */
type Knock = readonly [address: string, port: number, path: string, token?: string | undefined];
interface Found {
  readonly knock: Knock;
  readonly connected: boolean;
  /** 0: no HTTP answer. */
  readonly status: number;
  readonly text: string;
}

/** Tries addresses from inside a container. */
async function probe(kernel: Kernel, knocks: readonly Knock[]): Promise<Found[]> {
  const script = `
import concurrent.futures, http.client, json
def knock(one):
    address, port, path, token = (one + [None])[:4]
    connection = http.client.HTTPConnection(address, port, timeout=4)
    try:
        connection.connect()
    except OSError:
        return [False, 0, ""]
    try:
        connection.request("GET", path, headers={"Authorization": "token " + token} if token else {})
        answer = connection.getresponse()
        return [True, answer.status, answer.read(4000).decode("utf-8", "replace")]
    except (OSError, http.client.HTTPException):
        return [True, 0, ""]
    finally:
        connection.close()
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps(list(pool.map(knock, json.loads(${JSON.stringify(JSON.stringify(knocks))})))))
`;
  const found = JSON.parse(await kernel.run(script, 120)) as [boolean, number, string][];
  return knocks.map((knock, index) => {
    const [connected, status, text] = found[index] ?? [false, 0, ""];
    return { knock, connected, status, text };
  });
}
