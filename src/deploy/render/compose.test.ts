import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { composeFile } from "./compose.ts";
import { PRIVATE, richDeployment } from "./rendered.fixture.ts";

/** The part of the Compose specification that is used here; what is unknown is a mistake. */
const bind = z.strictObject({
  type: z.literal("bind"),
  source: z.string().regex(/^(\/|\$\{HUBLET_ENGINE_SOCKET:-\/)/),
  target: z.string().startsWith("/"),
  read_only: z.boolean().optional(),
  bind: z.strictObject({
    create_host_path: z.boolean(),
    propagation: z.enum(["rslave"]).optional(),
    selinux: z.enum(["z", "Z"]).optional(),
  }),
});
const duration = z.string().regex(/^\d+[sm]$/);
const service = z.strictObject({
  image: z.string(),
  container_name: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()).optional(),
  network_mode: z.enum(["host", "none"]),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()),
  cap_drop: z.tuple([z.literal("ALL")]),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.array(z.string()),
  volumes: z.array(bind),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string(), mode: z.number() })).optional(),
  secrets: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(["service_healthy", "service_started"]) }))
    .optional(),
  healthcheck: z
    .strictObject({ test: z.array(z.string()), interval: duration, start_interval: duration, start_period: duration })
    .optional(),
  restart: z.literal("always").optional(),
  profiles: z.array(z.string()).optional(),
  stop_grace_period: duration,
});
const compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

test("the file is Compose's, and refers only to what it has", async () => {
  const text = composeFile(await richDeployment());
  const { services, configs, secrets } = compose.parse(parse(text));
  assert.deepEqual(Object.keys(services), ["hublet-postgres", "hublet-proxy", "hublet-hub", "hublet-backup"]);
  for (const each of Object.values(services)) {
    for (const { source } of each.secrets ?? []) assert.ok(secrets[source], source);
    for (const { source } of each.configs ?? []) assert.ok(configs[source], source);
    for (const name of Object.keys(each.depends_on ?? {})) assert.ok(services[name], name);
  }
  assert.equal(services["hublet-hub"]?.depends_on?.["hublet-postgres"]?.condition, "service_healthy");
  assert.ok(!text.includes(PRIVATE) && !text.includes("hunter2"));
});

test("the proxy opens its sockets itself, and may open low ports for that", async () => {
  const { services } = compose.parse(parse(composeFile(await richDeployment())));
  const proxy = services["hublet-proxy"];
  const words = "--ip 0.0.0.0 --port 443 --redirect-ip 0.0.0.0 --redirect-port 80";
  assert.ok(proxy?.command.join(" ").includes(words), proxy?.command.join(" "));
  assert.deepEqual(proxy?.cap_add, ["NET_BIND_SERVICE"]);
  assert.equal(services["hublet-hub"]?.cap_add, undefined);
});

test("variables are replaced only where that is meant, and the engine's socket comes with a warning", async () => {
  const text = composeFile(await richDeployment());
  assert.match(text, /^# .*as mighty as root on this host/m);
  const literal = text.replaceAll("$$", "").replaceAll(/^#.*$/gm, "");
  assert.deepEqual([...new Set(literal.match(/\$[^\n]*/g))], [`\${HUBLET_ENGINE_SOCKET:-/run/podman/podman.sock}`]);
});
