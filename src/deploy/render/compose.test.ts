import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { readCompose, readEnv, runWords, substitute } from "../docker/compose-read.ts";
import { envText, variablesOf } from "../docker/variables.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { composeFiles } from "./compose.ts";
import { PRIVATE, richDeployment } from "./rendered.fixture.ts";

/** The part of the Compose specification that is used here, as Compose 1.29 has it; what is unknown is a mistake. */
const service = z.strictObject({
  image: z.string(),
  container_name: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()).optional(),
  network_mode: z.enum(["host", "none"]),
  user: z.string(),
  group_add: z.array(z.string()).optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()),
  cap_drop: z.tuple([z.literal("ALL")]),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.array(z.string()),
  volumes: z.array(z.string().regex(/^[./]/)),
  secrets: z.array(z.string()).optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(["service_healthy", "service_started"]) }))
    .optional(),
  healthcheck: z.strictObject({ test: z.array(z.string()), interval: z.string(), retries: z.number() }).optional(),
  restart: z.literal("unless-stopped").optional(),
  profiles: z.array(z.string()).optional(),
  stop_grace_period: z.string().regex(/^\d+s$/),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  labels: z.record(z.string(), z.string()),
});
const compose = z.strictObject({
  "x-hublet": z.strictObject({ account: z.string(), socket: z.string(), listen: z.array(z.string()) }),
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith("./secrets/") })),
});
const DOCKER = { kind: "docker", socket: "/var/run/docker.sock" } as const;
const VARIABLES = variablesOf({ name: "hublet", uid: 990, gid: 980 }, "112");

async function rendered(): Promise<Readonly<Record<string, string>>> {
  const files = composeFiles(await richDeployment(DOCKER));
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}

test("the file is Compose's, and refers only to what it has", async () => {
  const files = await rendered();
  const text = files["compose.yaml"] ?? "";
  const { services, secrets } = compose.parse(parse(text));
  assert.ok(["hublet-postgres", "hublet-proxy", "hublet-hub", "hublet-backup"].every((name) => name in services));
  for (const each of Object.values(services)) {
    for (const name of each.secrets ?? []) assert.ok(secrets[name], name);
    for (const name of Object.keys(each.depends_on ?? {})) assert.ok(services[name], name);
    for (const volume of each.volumes)
      if (volume.startsWith("./")) assert.ok(files[volume.slice(2).split(":")[0] ?? ""] !== undefined, volume);
  }
  assert.equal(services["hublet-hub"]?.depends_on?.["hublet-postgres"]?.condition, "service_healthy");
  assert.ok(!text.includes(PRIVATE) && !text.includes("hunter2"));
});

test("only the proxy begins as root, for its low ports and with three rights, and everything else is the account", async () => {
  const { services } = compose.parse(parse((await rendered())["compose.yaml"] ?? ""));
  const { "hublet-proxy": proxy, ...others } = services;
  const words = "--ip 0.0.0.0 --port 443 --redirect-ip 0.0.0.0 --redirect-port 80";
  assert.ok(proxy?.command.join(" ").includes(words), proxy?.command.join(" "));
  assert.deepEqual(proxy?.cap_add, ["NET_BIND_SERVICE", "SETGID", "SETUID"]);
  assert.deepEqual(proxy?.command.slice(-2), ["--become", `\${HUBLET_UID}:\${HUBLET_GID}`]);
  for (const [name, each] of Object.entries(others)) assert.equal(each.cap_add, undefined, name);
  assert.equal(services["hublet-hub"]?.user, `\${HUBLET_UID}:\${HUBLET_GID}`);
});

test("each variable is one that .env has, and each service becomes words for docker without any left", async () => {
  const text = (await rendered())["compose.yaml"] ?? "";
  const variables = readEnv(envText(VARIABLES));
  assert.deepEqual(variables, VARIABLES);
  for (const [name, each] of Object.entries(readCompose(text).services)) {
    const words = runWords({ name, service: each, project: "hublet" }, "/var/lib/hublet-deploy/hublet", variables);
    assert.ok(!words.some((word) => word.includes("${") || word.includes("--volume=./")), words.join(" "));
    assert.ok(words.includes(`--label=com.docker.compose.service=${name}`));
    // By these, both major versions of Compose know a container as this service's.
    assert.ok(words.includes("--label=com.docker.compose.oneoff=False"));
    assert.ok(words.some((word) => /^--label=com\.docker\.compose\.config-hash=[0-9a-f]{64}$/.test(word)));
    assert.ok(words.includes("--cap-drop=ALL") && words.includes("--read-only"));
  }
  assert.equal(substitute(`a$$b\${HUBLET_UID}`, variables), "a$b990");
  assert.throws(() => substitute(`\${NOBODY}`, variables), /lacks NOBODY/);
});

test("the units are read back from it, with a label that changes with the service alone", async () => {
  const units = readUnits(await rendered());
  assert.deepEqual(
    units.containers.map(({ name }) => name).filter((name) => /postgres|hub$|proxy/.test(name)),
    ["hublet-postgres", "hublet-hub", "hublet-proxy"],
  );
  assert.deepEqual(units.listens, ["0.0.0.0:443", "0.0.0.0:80"]);
  const again = readUnits(await rendered());
  assert.deepEqual(again, units);
  assert.ok(units.containers.every(({ label }) => /^[0-9a-f]{64}$/.test(label)));
});

test("a backup at night is a line of cron, which touches nothing but the backup", async () => {
  const line =
    "30 3 * * * cd FOLDER && $(docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)";
  const text = (await rendered())["compose.yaml"] ?? "";
  assert.ok(text.includes(`\n# ${line} run --rm --no-deps -T hublet-backup\n`), text.slice(0, 3000));
});
