import assert from "node:assert/strict";
import { test } from "node:test";
import { validate as deployment } from "kubernetes-models/_schemas/IoK8sApiAppsV1Deployment";
import { validate as cronJob } from "kubernetes-models/_schemas/IoK8sApiBatchV1CronJob";
import { validate as configMap } from "kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap";
import { validate as claim } from "kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim";
import { validate as secret } from "kubernetes-models/_schemas/IoK8sApiCoreV1Secret";
import { validate as service } from "kubernetes-models/_schemas/IoK8sApiCoreV1Service";
import { validate as serviceAccount } from "kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount";
import { validate as networkPolicy } from "kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { type KubernetesObject, kubernetesFile, kubernetesObjects } from "./kubernetes.ts";
import { PRIVATE, richDeployment } from "./rendered.fixture.ts";

const KINDS = {
  ServiceAccount: serviceAccount,
  ConfigMap: configMap,
  Secret: secret,
  PersistentVolumeClaim: claim,
  Deployment: deployment,
  CronJob: cronJob,
  Service: service,
  NetworkPolicy: networkPolicy,
};

const errorsSchema = z.array(z.object({ instancePath: z.string(), keyword: z.string() }));

/**
 * Mistakes by Kubernetes' own schema. It takes fields that it does not know, as the cluster does, so those are found by
 * what the validator never looks at.
 */
function mistakes(object: KubernetesObject): readonly string[] {
  const validate = KINDS[z.enum(Object.keys(KINDS) as [keyof typeof KINDS]).parse(object.kind)];
  const unread = new Set<string>();
  const right = validate(watched(object, object.kind, unread));
  const errors = right ? [] : errorsSchema.parse(Reflect.get(validate, "errors"));
  return [...errors.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`), ...unread];
}

/** The same value; `unread` holds the paths of its fields until somebody reads them. */
function watched<T>(value: T, path: string, unread: Set<string>): T {
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, inner]) => {
    unread.add(`${path}.${key}`);
    return [key, watched(inner, `${path}.${key}`, unread)] as const;
  });
  const copy = Array.isArray(value) ? fields.map(([, inner]) => inner) : Object.fromEntries(fields);
  return new Proxy(copy, {
    get: (target, key, receiver) => {
      unread.delete(`${path}.${String(key)}`);
      return Reflect.get(target, key, receiver);
    },
  }) as T;
}

const podSchema = z.object({
  volumes: z.array(z.looseObject({ name: z.string() })),
  containers: z.array(
    z.object({
      name: z.string(),
      securityContext: z.looseObject({
        capabilities: z.object({ drop: z.array(z.string()), add: z.array(z.string()).optional() }),
        allowPrivilegeEscalation: z.literal(false),
      }),
      volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
    }),
  ),
});
const texts = z.record(z.string(), z.string()).optional();
const namedSchema = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/) }),
  ...{ data: texts, binaryData: texts, stringData: texts },
});
const templateSchema = z.object({ spec: z.object({ template: z.object({ spec: podSchema }) }) });

test("every object is right by Kubernetes' own schema, and has no field that it does not know", async () => {
  for (const each of kubernetesObjects(await richDeployment())) assert.deepEqual(mistakes(each), [], each.kind);
});

test("that would show capabilities at the pod, where there is no such field, and other slips", async () => {
  const found = kubernetesObjects(await richDeployment()).find(({ kind }) => kind === "Deployment");
  const planted = (change: (spec: Record<string, Record<string, unknown>>) => void) => {
    const copy = structuredClone(found) as KubernetesObject & { spec: { template: { spec: never } } };
    change(copy.spec.template.spec);
    return mistakes(copy);
  };
  assert.match(
    planted(({ securityContext }) => Object.assign(securityContext ?? {}, { capabilities: { drop: ["ALL"] } })).join(
      "\n",
    ),
    /Deployment\.spec\.template\.spec\.securityContext\.capabilities/,
  );
  assert.match(planted((spec) => Object.assign(spec, { hostNetwork: "yes" })).join("\n"), /hostNetwork type/);
});

test("each container drops its capabilities itself, and mounts what the pod has", async () => {
  const found = kubernetesObjects(await richDeployment()).find(({ kind }) => kind === "Deployment");
  const { containers, volumes } = templateSchema.parse(found).spec.template.spec;
  assert.deepEqual(
    containers.map(({ name }) => name),
    ["hublet-postgres", "hublet-proxy", "hublet-broker", "hublet-hub"],
  );
  for (const { name, securityContext, volumeMounts } of containers) {
    assert.deepEqual(securityContext.capabilities.drop, ["ALL"], name);
    assert.deepEqual(
      securityContext.capabilities.add,
      name === "hublet-proxy" ? ["NET_BIND_SERVICE"] : undefined,
      name,
    );
    for (const mount of volumeMounts)
      assert.ok(
        volumes.some((volume) => volume.name === mount.name),
        mount.name,
      );
    const paths = volumeMounts.map(({ mountPath }) => mountPath);
    assert.deepEqual(paths, [...new Set(paths)], name);
  }
});

test("names and keys are those that Kubernetes takes, and each key that is mounted is there", async () => {
  const objects = kubernetesObjects(await richDeployment());
  const keys = new Map<string, readonly string[]>();
  for (const each of objects) {
    const { kind, metadata, data, binaryData, stringData } = namedSchema.parse(each);
    const all = Object.keys({ ...data, ...binaryData, ...stringData });
    for (const key of all) assert.match(key, /^[-._a-zA-Z0-9]+$/);
    keys.set(`${kind}/${metadata.name}`, all);
  }
  assert.deepEqual(keys.get("ConfigMap/hublet-config"), ["conf.d__logo.bin", "hublet.yaml", "conf.d__photo.bin"]);
  assert.deepEqual(keys.get("Secret/hublet-config-secrets"), ["keys__lab.key", "secrets__door"]);
});

test("the file says first what it is not, holds all objects, and no secret", async () => {
  const described = await richDeployment();
  const text = kubernetesFile(described);
  assert.match(text, /^# Hublet for Kubernetes\.[\s\S]*Hublet has no driver for Kubernetes yet[\s\S]*\n---\n/);
  const read = parseAllDocuments(text).map((document) => document.toJS());
  assert.deepEqual(read, JSON.parse(JSON.stringify(kubernetesObjects(described))));
  assert.ok(!text.includes(PRIVATE) && !text.includes("hunter2"));
});
