/** The environment that an unmodified jupyterhub-singleuser expects (contract 1.1), and what else a driver is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Config, configSchema } from "../contract/index.ts";
import { DEFAULT_SERVER, Secret, serverName, userName } from "../kernel/index.ts";
import { type LaunchSettings, launchSettings } from "./launch-settings.ts";
import { type LaunchRequest, launchSpec } from "./launch-spec.ts";
import type { HubReach } from "./ports.ts";
import { policyFrom } from "./test-support/policy.ts";

const reach: HubReach = {
  apiUrl: "http://127.0.0.1:8081/hub/api",
  mounts: [{ kind: "bind", source: "/state/bridge", target: "/run/hublet", readOnly: true }],
  wrapCommand: (command) => ["bridge", "--", ...command],
};

function config(text: object = {}): Config {
  return configSchema.parse(text);
}

function settingsFrom(whole: Config, options: Record<string, unknown> = {}): LaunchSettings {
  return launchSettings(whole, policyFrom(whole), options, false);
}

function request(change: Partial<LaunchRequest> = {}, text: object = {}): LaunchRequest {
  return {
    user: userName("carol@x y"),
    server: DEFAULT_SERVER,
    generation: 3,
    settings: settingsFrom(config(text)),
    image: settingsFrom(config(text)).image,
    driver: "podman",
    hubId: "hub1",
    baseUrl: "/",
    publicUrl: undefined,
    reach,
    identity: {
      ...{ owner: undefined, groups: [], home: "/home/jovyan", environment: { NB_UMASK: "0022" } },
      ...{ workingDirectory: undefined, account: undefined },
    },
    home: { kind: "volume", source: "jupyterhub-user-carol-40x-20y", target: "/home/jovyan", readOnly: false },
    mounts: [],
    port: 8888,
    token: new Secret("0123456789abcdef0123456789abcdef"),
    ...change,
  };
}

test("the environment of protocol jupyterhub has every required variable in the contract's format", () => {
  const spec = launchSpec(request());
  assert.deepEqual(spec.environment, {
    CPU_LIMIT: "2",
    JUPYTERHUB_ACTIVITY_URL: "http://127.0.0.1:8081/hub/api/users/carol@x%20y/activity",
    JUPYTERHUB_API_URL: "http://127.0.0.1:8081/hub/api",
    JUPYTERHUB_BASE_URL: "/",
    JUPYTERHUB_CLIENT_ID: "jupyterhub-user-carol%40x%20y",
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: "0",
    JUPYTERHUB_DEFAULT_URL: "/lab",
    JUPYTERHUB_HOST: "",
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: '["access:servers!server=carol@x y/","access:servers!user=carol@x y"]',
    JUPYTERHUB_OAUTH_CALLBACK_URL: "/user/carol@x%20y/oauth_callback",
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: "[]",
    JUPYTERHUB_OAUTH_SCOPES: '["access:servers!server=carol@x y/","access:servers!user=carol@x y"]',
    JUPYTERHUB_PUBLIC_HUB_URL: "",
    JUPYTERHUB_PUBLIC_URL: "",
    JUPYTERHUB_SERVER_NAME: "",
    JUPYTERHUB_SERVICE_PREFIX: "/user/carol@x%20y/",
    JUPYTERHUB_SERVICE_URL: "http://0.0.0.0:8888/user/carol@x%20y/",
    JUPYTERHUB_USER: "carol@x y",
    JUPYTER_IMAGE: "quay.io/jupyter/minimal-notebook:latest",
    JUPYTER_IMAGE_SPEC: "quay.io/jupyter/minimal-notebook:latest",
    MEM_LIMIT: "2147483648",
    NB_UMASK: "0022",
  });
  assert.deepEqual(Object.keys(spec.secretEnvironment), ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"]);
  assert.equal(spec.secretEnvironment.JUPYTERHUB_API_TOKEN?.reveal(), "0123456789abcdef0123456789abcdef");
  // No arguments of the hub's own (contract 1.2).
  assert.deepEqual(spec.command, ["bridge", "--", "jupyterhub-singleuser"]);
  assert.doesNotMatch(JSON.stringify(spec), /0123456789abcdef/);
});

test("a named server has its own prefix, client, scopes, container; it shares the person's volume", () => {
  const spec = launchSpec(request({ server: serverName("work-2") }));
  assert.equal(spec.name, "jupyter-carol-40x-20y--work-2d2");
  assert.equal(spec.environment.JUPYTERHUB_SERVER_NAME, "work-2");
  assert.equal(spec.environment.JUPYTERHUB_CLIENT_ID, "jupyterhub-user-carol%40x%20y-work-2");
  assert.equal(spec.environment.JUPYTERHUB_SERVICE_PREFIX, "/user/carol@x%20y/work-2/");
  assert.match(spec.environment.JUPYTERHUB_OAUTH_ACCESS_SCOPES ?? "", /server=carol@x y\/work-2"/);
  assert.deepEqual(spec.mounts[0], {
    kind: "volume",
    source: "jupyterhub-user-carol-40x-20y",
    target: "/home/jovyan",
    readOnly: false,
  });
});

test("labels follow the field's conventions and carry hub and generation", () => {
  const { labels } = launchSpec(request({ server: serverName("work") }));
  assert.equal(labels["app.kubernetes.io/managed-by"], "hublet");
  assert.equal(labels["app.kubernetes.io/component"], "singleuser-server");
  assert.equal(labels["hub.jupyter.org/username"], "carol@x y");
  assert.equal(labels["hub.jupyter.org/servername"], "work");
  assert.equal(labels["hublet.hub"], "hub1");
  assert.equal(labels["hublet.generation"], "3");
});

test("public addresses are full URLs when the configuration knows them", () => {
  const { environment } = launchSpec(request({ publicUrl: "https://hub.example.org" }));
  assert.equal(environment.JUPYTERHUB_PUBLIC_URL, "https://hub.example.org/user/carol@x%20y/");
  assert.equal(environment.JUPYTERHUB_PUBLIC_HUB_URL, "https://hub.example.org/hub/");
});

test("protocol http gets a token, no hub, no bridge; placeholders are filled in", () => {
  const spec = launchSpec(request({}, { server: { protocol: "http" } }));
  assert.deepEqual(Object.keys(spec.secretEnvironment), ["JUPYTER_TOKEN"]);
  assert.ok(Object.keys(spec.environment).every((name) => !name.startsWith("JUPYTERHUB_")));
  assert.equal(spec.mounts.length, 1);
  assert.equal(spec.command?.[0], "jupyter-lab");
  assert.ok(spec.command?.includes("--port=8888") && spec.command.includes("--ServerApp.base_url=/user/carol@x%20y/"));
  const own = launchSpec(
    request({ port: 4000 }, { server: { protocol: "http", command: ["serve", "{ip}:{port}{prefix}"] } }),
  );
  assert.deepEqual(own.command, ["serve", "0.0.0.0:4000/user/carol@x%20y/"]);
});

test("a local process listens on loopback only", () => {
  const spec = launchSpec(request({ driver: "process", port: 4000 }));
  assert.equal(spec.environment.JUPYTERHUB_SERVICE_URL, "http://127.0.0.1:4000/user/carol@x%20y/");
});

test("the administrator's environment wins, over tokens too", () => {
  const environment = { JUPYTERHUB_API_TOKEN: "mine", JUPYTERHUB_DEFAULT_URL: "/tree", EXTRA: "1" };
  const spec = launchSpec(request({}, { server: { environment } }));
  assert.equal(spec.environment.JUPYTERHUB_API_TOKEN, "mine");
  assert.equal(spec.environment.JUPYTERHUB_DEFAULT_URL, "/tree");
  assert.equal(spec.environment.EXTRA, "1");
  assert.deepEqual(Object.keys(spec.secretEnvironment), ["JPY_API_TOKEN"]);
});

test("a read-only root has writable folders in memory, a writable one needs none", () => {
  assert.deepEqual(launchSpec(request()).tmpfs, ["/tmp", "/run"]);
  assert.deepEqual(launchSpec(request({}, { server: { readOnlyRoot: false } })).tmpfs, []);
});

test("the user, its groups and its environment are those of the identity; what the administrator says wins", () => {
  const identity = {
    ...{ owner: { uid: 20_003, gid: 100 }, groups: [3000], home: "/home/carol", account: undefined },
    ...{ environment: { HOME: "/home/carol", NB_UID: "20003", USER: "carol" }, workingDirectory: "/home/carol" },
  };
  const spec = launchSpec(request({ identity }, { server: { environment: { USER: "other" } } }));
  assert.deepEqual([spec.user, spec.groups, spec.workingDirectory], ["20003:100", [3000], "/home/carol"]);
  const { HOME, NB_UID, USER } = spec.environment;
  assert.deepEqual([HOME, NB_UID, USER], ["/home/carol", "20003", "other"]);
  const plain = launchSpec(request());
  assert.ok(!("user" in plain) && !("groups" in plain) && !("workingDirectory" in plain), "the image's own");
});

test("mounts come after the home and the way to the hub, and nothing is mounted twice", () => {
  const mounts = [
    { kind: "bind", source: "/srv/data", target: "/home/jovyan/data", readOnly: true },
    { kind: "volume", source: "scratch", target: "/tmp", readOnly: false },
  ] as const;
  const spec = launchSpec(request({ mounts }));
  assert.deepEqual(
    spec.mounts.map(({ target }) => target),
    ["/home/jovyan", "/run/hublet", "/home/jovyan/data", "/tmp"],
  );
  assert.deepEqual(spec.tmpfs, ["/run"]);
});
