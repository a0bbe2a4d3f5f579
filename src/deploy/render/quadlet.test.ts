import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../kernel/index.ts";
import type { Deployment } from "../model/deployment.ts";
import { quadletFiles, type RenderedFile } from "./quadlet.ts";
import { PRIVATE, richDeployment } from "./rendered.fixture.ts";

function fileOf(deployment: Deployment, unit: string): RenderedFile {
  const found = quadletFiles(deployment).find((file) => file.path.endsWith(`/${unit}`));
  assert.ok(found, `no file ${unit}`);
  return found;
}

test("the proxy's unit", async () => {
  const { text, digest } = fileOf(await richDeployment(), "hublet-proxy.container");
  assert.equal(
    text.replace(digest ?? "none", "DIGEST"),
    `# Written by “hublet apply”: it would undo changes made here.

[Unit]
Description=Hublet's proxy: every request of people goes through it
StartLimitIntervalSec=0

[Container]
ContainerName=hublet-proxy
Label=org.hublet.unit=DIGEST
Image=localhost/hublet-proxy:0123456789ab
Exec=/app/src/main/proxy.ts --sockets-from-systemd --api-socket /var/lib/hublet/state/run/proxy/api.sock --routes-file /var/lib/hublet/state/run/proxy/routes.json --gate-key-file /run/secrets/gate.key --auth-token-file /run/secrets/proxy.token --settings-file /var/lib/hublet/state/run/proxy/settings.json --serves https --error-target http+unix://%%2Fvar%%2Flib%%2Fhublet%%2Fstate%%2Frun%%2Fproxy%%2Fhub.sock/hub/error
Network=host
ReadOnly=true
DropCapability=all
NoNewPrivileges=true
Volume=/var/lib/hublet/state/run/proxy:/var/lib/hublet/state/run/proxy:rw,z
PodmanArgs=--tmpfs=/tmp:rw,mode=1777
PodmanArgs=--secret=hublet-gate.key,type=mount,target=gate.key,mode=0400
PodmanArgs=--secret=hublet-proxy.token,type=mount,target=proxy.token,mode=0400
PodmanArgs=--stop-timeout=10

[Service]
Restart=always
RestartSec=1
RestartSteps=6
RestartMaxDelaySec=30
SuccessExitStatus=2
Sockets=hublet-proxy-public.socket hublet-proxy-redirect.socket
TimeoutStartSec=300
TimeoutStopSec=20

[Quadlet]
DefaultDependencies=false

[Install]
WantedBy=default.target
`,
  );
});

test("the socket's and the timer's units", async () => {
  const deployment = await richDeployment();
  const socket = fileOf(deployment, "hublet-proxy-redirect.socket");
  assert.equal(socket.path, ".config/systemd/user/hublet-proxy-redirect.socket");
  assert.match(
    socket.text,
    /\[Socket\]\nListenStream=0\.0\.0\.0:80\nFileDescriptorName=redirect\nService=hublet-proxy\.service\n/,
  );
  const timer = fileOf(deployment, "hublet-backup.timer");
  assert.match(timer.text, /\[Timer\]\nOnCalendar=\*-\*-\* 03:30:00\nPersistent=true\n/);
  const everywhere = { ...deployment, sockets: deployment.sockets.map((each) => ({ ...each, listen: "*:443" })) };
  assert.match(fileOf(everywhere, "hublet-proxy-public.socket").text, /ListenStream=443\n/);
});

test("a label tells of which unit text, and of which mounted files, a container was started from", async () => {
  const deployment = await richDeployment();
  for (const { text, digest, unit } of quadletFiles(deployment).filter((file) => file.digest !== undefined)) {
    const without = text.replace(/^Label=org\.hublet\.unit=.*\n/m, "");
    assert.equal(digest, sha256(without), unit);
    assert.ok(text.includes(`Label=org.hublet.unit=${digest}\n`));
  }
  const changed = {
    ...deployment,
    containers: deployment.containers.map((container) => ({
      ...container,
      files: container.files.map((file) => ({ ...file, content: `${file.content}# more\n` })),
    })),
  };
  const digests = (from: Deployment) =>
    Object.fromEntries(quadletFiles(from).map(({ path, digest }) => [path, digest]));
  const [before, after] = [digests(deployment), digests(changed)];
  assert.deepEqual(
    Object.keys(before).filter((path) => before[path] !== after[path]),
    [".config/containers/systemd/hublet-postgres.container"],
  );
});

test("the database waits for nobody, the hub for the database's answer", async () => {
  const deployment = await richDeployment();
  const postgres = fileOf(deployment, "hublet-postgres.container").text;
  assert.match(postgres, /^Network=none$/m);
  assert.match(postgres, /^User=postgres$/m);
  assert.match(postgres, /^Volume=\/var\/lib\/hublet\/state\/postgres\/run:\/var\/run\/postgresql:rw,U,z$/m);
  assert.match(postgres, /^ExecStartPost=\/bin\/sh -c "name=\$\$1; .*" sh hublet-postgres sh -c .* --dbname hublet$/m);
  const hub = fileOf(deployment, "hublet-hub.container").text;
  assert.match(hub, /^After=hublet-postgres\.service hublet-broker\.service hublet-proxy\.service$/m);
  assert.match(hub, /^Volume=\/var\/lib\/hublet\/broker\/socket:\/run\/engine:ro$/m);
  const broker = fileOf(deployment, "hublet-broker.container").text;
  assert.match(broker, /^After=podman\.socket$/m);
  assert.match(broker, /^Network=none$/m);
  assert.match(broker, /^Volume=%t\/podman:\/run\/engine:rw$/m);
  assert.match(broker, /^Volume=\/:\/run\/host:ro,rslave$/m);
  assert.match(fileOf(deployment, "hublet-backup.container").text, /^Volume=\/srv\/back ups:\/srv\/back ups:rw$/m);
});

test("no unit holds a secret, and only what a container mounts may be read by others", async () => {
  for (const { text, path, mode } of quadletFiles(await richDeployment())) {
    assert.ok(!text.includes(PRIVATE) && !text.includes("hunter2"), path);
    assert.equal(mode, path.startsWith(".config/hublet/") ? 0o644 : 0o600, path);
  }
});

test("a path that Podman would take apart is refused", async () => {
  const deployment = await richDeployment();
  const containers = deployment.containers.map((container) => ({
    ...container,
    volumes: container.volumes.map((volume) => ({ ...volume, source: "/srv/a:b" })),
  }));
  assert.throws(() => quadletFiles({ ...deployment, containers }), /\/srv\/a:b has a colon/);
});
