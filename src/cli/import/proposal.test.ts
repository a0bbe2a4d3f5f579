/** A JupyterHub on Docker Compose with host accounts, first-use passwords, a registry and lab data, as labs wire it by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { snapshotFromText } from "../../config/index.ts";
import { propose } from "./proposal.ts";

const COMPOSE = `
services:
  registry:
    image: registry:2
    ports: ["5000:5000"]
    environment: [REGISTRY_STORAGE_DELETE_ENABLED=true]
    volumes: [registry_data:/var/lib/registry]
  jupyterhub:
    build: ./hub
    restart: unless-stopped
    depends_on: [registry]
    ports:
      - "8000:8000"
      - "8099:8099"
    environment: {DOCKER_NETWORK_NAME: jupyterhub_network}
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
      - /etc/passwd:/etc/passwd:ro
      - /etc/group:/etc/group:ro
      - /home:/home
      - jupyterhub_data:/srv/jupyterhub/password
    networks: [jupyterhub_network]
volumes: {registry_data: , jupyterhub_data: }
networks: {jupyterhub_network: }
`;
const HUB_CONFIG = `import os, sys, pwd
c = get_config()  # noqa
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.dbm_path = "/srv/jupyterhub/password/passwords.dbm"
c.FirstUseAuthenticator.create_users = False
c.Authenticator.admin_users = {"admin"}
c.Authenticator.allowed_users = get_user_names()
c.JupyterHub.spawner_class = "dockerspawner.SystemUserSpawner"
c.SystemUserSpawner.host_homedir_format_string = "/home/jupyter-{username}"
c.SystemUserSpawner.image_homedir_format_string = "/home/jupyter-{username}"
c.DockerSpawner.pull_policy = "always"
c.DockerSpawner.remove = True
c.DockerSpawner.allowed_images = get_images
c.DockerSpawner.network_name = os.environ["DOCKER_NETWORK_NAME"]
c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = "4G"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=86400"]}
]
c.Frobnicator.depth = 3
`;
const VOLUMES = `VOLUMES = {
    "/mnt/labshare/data": {"bind": "/home/jupyter-{username}/data", "mode": "ro"},
    "/mnt/labshare/analysis": {"bind": "/home/jupyter-{username}/analysis", "mode": "rw"},
}
`;

test("its files become a configuration that holds, and what is left is named", () => {
  const { yaml, notes } = propose(
    { name: "docker-compose.yaml", text: COMPOSE },
    { name: "jupyterhub_config.py", text: HUB_CONFIG },
    { name: "volumes_config.py", text: VOLUMES },
  );
  assert.deepEqual(parse(yaml), {
    listen: "0.0.0.0:8000",
    engine: "docker",
    deploy: { engine: "docker" },
    registry: { port: 5000 },
    people: { admins: ["admin"], hostAccounts: { prefix: "jupyter-" } },
    server: {
      homes: { folder: "/home/{account}" },
      home: "/home/{account}",
      runAs: "host",
      pull: "always",
      defaultUrl: "/lab",
      memory: "4G",
      idleTimeout: "86400s",
      mounts: [
        { source: "/mnt/labshare/data", target: "/home/{account}/data", readOnly: true },
        { source: "/mnt/labshare/analysis", target: "/home/{account}/analysis", readOnly: false },
      ],
    },
  });
  assert.equal(snapshotFromText(yaml).config.server.idleTimeout, 86_400);
  for (const said of [
    /port 8099 is not published/,
    /docker\.sock is handed to a broker/,
    /:22: Frobnicator\.depth is not taken over/,
    /import passwords/,
    /:8: Authenticator.allowed_users: people are the accounts of this host/,
    /:3: JupyterHub.bind_url: “listen” is what the Compose file publishes/,
    /:4: JupyterHub.authenticator_class: .*firstUse: open/,
    /: JupyterHub.services: the idle culler is server.idleTimeout/,
    /\/etc\/group need not be mounted/,
  ])
    assert.ok(
      notes.some((note) => said.test(note)),
      String(said),
    );
});

test("the address that the Compose file publishes wins over the one in the container, and defaults of its variables count", () => {
  const compose = COMPOSE.replace('"8000:8000"', `"127.0.0.1:\${HUB_PORT:-8080}:8000"`);
  const hubConfig = `${HUB_CONFIG}c.JupyterHub.bind_url = "http://0.0.0.0:8000"\nc.JupyterHub.port = 8000\n`;
  const { yaml } = propose({ name: "c.yaml", text: compose }, { name: "hub.py", text: hubConfig }, undefined);
  assert.equal(parse(yaml).listen, "127.0.0.1:8080");
});

test("ports that are variables without a default are asked for, or the standard's", () => {
  const compose = COMPOSE.replace("8000:8000", `\${HUB_PORT}:8000`).replace("5000:5000", `\${PORT}:5000`);
  const { yaml, notes } = propose({ name: "c.yaml", text: compose }, { name: "hub.py", text: HUB_CONFIG }, undefined);
  const { listen, registry } = parse(yaml);
  assert.deepEqual([listen, registry], ["0.0.0.0:8000", { port: 5000 }]);
  assert.match(notes.join("\n"), /\$\{HUB_PORT\} has a variable without a default: see that “listen” is right/);
});

test("mounts that code puts together are asked for, unless their file was given", () => {
  const hubConfig = {
    name: "hub.py",
    text: "c.DockerSpawner.volumes = VOLUMES\nc.Authenticator.allowed_users = people()\n",
  };
  const notes = (volumes: boolean) =>
    propose(
      { name: "c.yaml", text: COMPOSE },
      hubConfig,
      volumes ? { name: "volumes_config.py", text: VOLUMES } : undefined,
    ).notes.join("\n");
  assert.match(notes(true), /DockerSpawner.volumes: its folders are those of volumes_config.py/);
  assert.match(notes(false), /DockerSpawner.volumes is not taken over: code works it out; .*--volumes/);
  assert.match(notes(false), /allowed_users is not taken over: code works it out/);
});

test("a file that is none, or without a hub, is refused with its name", () => {
  assert.throws(() => propose({ name: "x.yaml", text: "a: [" }, undefined, undefined), {
    code: "bad-request",
    message: /x\.yaml/,
  });
  assert.throws(
    () => propose({ name: "x.yaml", text: "services: {db: {image: 'postgres:17'}}" }, undefined, undefined),
    {
      message: /no service that is a JupyterHub/,
    },
  );
});
