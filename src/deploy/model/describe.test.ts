import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshotFromText } from "../../config/index.ts";
import type { ContainerUnit, Deployment } from "./deployment.ts";
import { describeDeployment } from "./describe.ts";

const PODMAN = { kind: "podman" } as const;
const IMAGES = { hub: "localhost/hublet-hub:1", proxy: "localhost/hublet-proxy:2" };

async function described(text: string, inPlace = false): Promise<Deployment> {
  const snapshot = await snapshotFromText(text);
  const content = Buffer.from(text);
  const files = { folder: "/lab", main: "hublet.yaml", files: [{ path: "hublet.yaml", content, secret: false }] };
  return describeDeployment({ snapshot, images: IMAGES, version: "1.2.3", files, inPlace, engine: PODMAN });
}

function container(deployment: Deployment, name: string): ContainerUnit {
  const found = deployment.containers.find((each) => each.name === name);
  assert.ok(found, `no container ${name}`);
  return found;
}

test("a plain configuration gives hub, broker and proxy, reached from this host alone", async () => {
  const deployment = await described("name: Lab");
  assert.deepEqual(
    deployment.containers.map(({ name, image }) => [name, image]),
    [
      ["hublet-proxy", IMAGES.proxy],
      ["hublet-broker", IMAGES.hub],
      ["hublet-hub", IMAGES.hub],
    ],
  );
  assert.deepEqual(
    deployment.sockets.map(({ name, listen, fdName, service }) => [name, listen, fdName, service]),
    [["hublet-proxy-public", "127.0.0.1:8000", "public", "hublet-proxy"]],
  );
  assert.deepEqual([deployment.ports, deployment.address], [[], "http://127.0.0.1:8000"]);
  assert.deepEqual([deployment.state, deployment.configFile], ["/var/lib/hublet/state", "/etc/hublet/hublet.yaml"]);
  assert.equal(deployment.database, "sqlite");
  assert.deepEqual(
    deployment.configFiles.map(({ path }) => path),
    ["hublet.yaml"],
  );
});

test("HTTPS for everybody opens two sockets and two ports", async () => {
  const snapshot = await snapshotFromText("name: Lab");
  const config = {
    ...snapshot.config,
    listen: "[::]:443",
    publicUrl: "https://lab.example.org/",
    tls: { certificate: "c", key: "k", profile: "modern", hsts: true, redirectFrom: 80 } as const,
  };
  const deployment = describeDeployment({
    snapshot: { ...snapshot, config },
    images: IMAGES,
    version: "1",
    files: { folder: "/lab", main: "hublet.yaml", files: [] },
    inPlace: false,
    engine: PODMAN,
  });
  assert.deepEqual(
    deployment.sockets.map(({ listen, fdName }) => [listen, fdName]),
    [
      ["[::]:443", "public"],
      ["[::]:80", "redirect"],
    ],
  );
  assert.deepEqual([deployment.ports, deployment.address], [[443, 80], "https://lab.example.org"]);
  assert.deepEqual(container(deployment, "hublet-proxy").sockets, ["hublet-proxy-public", "hublet-proxy-redirect"]);
});

test("no container but the broker's reaches the engine and sees the host, and the proxy sees one folder and two secrets", async () => {
  const deployment = await described("backup: {to: /srv/backups, at: '03:30'}\ndeploy: {postgres: {}}");
  const proxy = container(deployment, "hublet-proxy");
  assert.deepEqual(
    proxy.volumes.map(({ source }) => source),
    ["/var/lib/hublet/state/run/proxy"],
  );
  assert.deepEqual(proxy.secrets, ["gate.key", "proxy.token"]);
  for (const { name, engine, volumes, readOnlyRoot } of deployment.containers) {
    const broker = name === "hublet-broker";
    assert.deepEqual([engine, volumes.some(({ source }) => source === "%t/podman")], [broker, broker], name);
    assert.equal(
      volumes.some(({ source }) => source === "/"),
      broker,
      name,
    );
    // What the broker remembers is out of everybody else's reach.
    assert.equal(
      volumes.some(({ source }) => "/var/lib/hublet/broker/own".startsWith(source) && source !== "/"),
      broker,
      name,
    );
    assert.equal(readOnlyRoot, true);
  }
  const broker = container(deployment, "hublet-broker");
  assert.deepEqual([broker.network, broker.secrets], ["none", []]);
  // What others are given of the state is a mount inside a mount, and so is each folder around it: the hub can put nothing else in
  // its place.
  const hubMounts = ({ containers, state }: Deployment): string[] =>
    containers.flatMap(({ name, volumes }) =>
      name !== "hublet-hub"
        ? []
        : volumes.flatMap(({ source, readOnly }) =>
            readOnly || !source.startsWith(`${state}/`) ? [] : [source.slice(state.length + 1)],
          ),
    );
  assert.deepEqual(hubMounts(deployment), ["bridge", "run", "run/proxy"]);
  assert.deepEqual(hubMounts(await described("registry: {}")), [
    ...["bridge", "run", "run/proxy"],
    ...["registry", "registry/data", "registry/settings"],
  ]);
  // The database is the hub's to command, and must not be led elsewhere by it when it is started again.
  assert.ok(
    container(deployment, "hublet-hub").volumes.some(
      ({ source, readOnly }) => source === `${deployment.state}/postgres` && readOnly,
    ),
  );
  assert.equal(container(deployment, "hublet-backup").schedule, "*-*-* 03:30:00");
});

test("the own database has no network and no password; the hub is told where its socket is", async () => {
  const deployment = await described("deploy: {account: lab, postgres: {image: 'docker.io/library/postgres:18'}}");
  const postgres = container(deployment, "hublet-postgres");
  assert.deepEqual([postgres.network, postgres.secrets, postgres.image], ["none", [], "docker.io/library/postgres:18"]);
  assert.ok(!Object.keys(postgres.environment).some((name) => name.includes("PASSWORD")));
  const url = new URL((container(deployment, "hublet-hub").environment.HUBLET_DATABASE ?? "").replace("@/", "@x/"));
  assert.equal(url.searchParams.get("host"), "/var/lib/lab/state/postgres/run");
  assert.ok(postgres.volumes.some(({ source }) => source === "/var/lib/lab/state/postgres/run"));
  assert.deepEqual(container(deployment, "hublet-hub").after, ["hublet-postgres", "hublet-broker", "hublet-proxy"]);
  assert.equal(deployment.database, "own-postgres");
  assert.equal(deployment.configFolder, "/etc/hublet-lab");
});

test("images of servers are named once each; a configuration that lies in place is not copied", async () => {
  const text =
    "server: {image: a:1}\nprofiles: [{name: x, title: X, image: b:1}, {name: y, title: Y}]\ngroups: {g: {images: [b:1, c:1]}}";
  const deployment = await described(text, true);
  assert.deepEqual(deployment.serverImages, ["a:1", "b:1", "c:1"]);
  assert.deepEqual(deployment.configFiles, []);
});

test("what is only chosen, never fetched, or in the own registry is not fetched by apply", async () => {
  const text = `registry: {}
server: {image: "localhost:5000/lab/a:1"}
profiles: [{name: x, title: X, image: b:1, pull: never}, {name: y, title: Y, image: c:1}]
groups: {g: {images: ["localhost:5000/lab/*", "lab/*", d:1]}}`;
  assert.deepEqual((await described(text)).serverImages, ["c:1", "d:1"]);
});

test("a name as address of listen is refused, as systemd would", async () => {
  await assert.rejects(described("listen: lab.example.org:443"), /listen is lab\.example\.org:443, .*0\.0\.0\.0/);
  assert.equal((await described("listen: localhost:9000")).sockets[0]?.listen, "127.0.0.1:9000");
  assert.equal((await described("listen: '*:9000'")).sockets[0]?.listen, "*:9000");
});
