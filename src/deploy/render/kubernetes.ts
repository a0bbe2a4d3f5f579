/** Description → manifests for Kubernetes, for those who apply them themselves. */
import { isUtf8 } from "node:buffer";
import { stringify } from "yaml";
import type { ContainerUnit, Deployment } from "../model/deployment.ts";
import { CONFIG, CONFIG_SECRETS, KEYS, keyOf, LABELS, NAME, objectName, SETTINGS, STATE } from "./kubernetes-names.ts";
import { podSpec } from "./kubernetes-pod.ts";
import { ownSockets } from "./own-sockets.ts";

export type KubernetesObject = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
};

/** Bytes that the claims ask for. */
const STATE_SIZE = "20Gi";
const COMMENT = `# Hublet for Kubernetes. Written by “hublet render kube”.
#
# Read this first. Hublet has no driver for Kubernetes yet: people's servers are no pods. They are containers of the Podman
# of the node that this pod runs on, reached by its mounted socket, and use the node's own network. So:
# - the pod is bound to one node (set a nodeSelector) on which Podman's socket is enabled (systemctl enable podman.socket);
# - whoever may write to that socket rules the node: of this pod the broker alone has it, which passes on what the hub needs;
# - NetworkPolicy does not hold for pods with the host's network in most networks: the node's firewall does.
# What you get is hub, proxy and their storage under Kubernetes' care. For one server, “hublet apply” does more with less.
#
# Before “kubectl apply -f”: load the images on the node (“hublet render images”) and fill the Secrets, which are
# empty here: each random key with 64 hex digits (openssl rand -hex 32), vault.key with an age identity (age-keygen).
`;

/** All objects, in the order in which they are to be made. */
export function kubernetesObjects(deployment: Deployment): readonly KubernetesObject[] {
  const { containers } = deployment;
  const lasting = containers.filter((container) => container.schedule === undefined);
  return [
    { ...meta("v1", "ServiceAccount", NAME), automountServiceAccountToken: false },
    ...configuration(deployment),
    ...lasting.filter(({ files }) => files.length > 0).map(settings),
    { ...meta("v1", "Secret", KEYS), type: "Opaque", stringData: empty(deployment.secrets.map(({ name }) => name)) },
    claim(STATE, STATE_SIZE),
    {
      ...meta("apps/v1", "Deployment", NAME),
      spec: {
        // The state belongs to one hub at a time.
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: podSpec(deployment, lasting, "Always") },
      },
    },
    ...containers.flatMap((container) => cronJob(deployment, container)),
    ...network(deployment),
  ];
}

/** All objects as one file. */
export function kubernetesFile(deployment: Deployment): string {
  const objects = kubernetesObjects(deployment).map((each) =>
    stringify(each, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return `${COMMENT}---\n${objects.join("---\n")}`;
}

function meta(apiVersion: string, kind: string, name: string) {
  return { apiVersion, kind, metadata: { name, labels: LABELS } };
}

function claim(name: string, storage: string): KubernetesObject {
  return {
    ...meta("v1", "PersistentVolumeClaim", name),
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  };
}

function empty(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, ""]));
}

/** Files with private keys are named only: their values belong into no manifest. */
function configuration({ configFiles }: Deployment): readonly KubernetesObject[] {
  const open = configFiles.filter(({ secret }) => !secret);
  const [texts, binaries] = [
    open.filter(({ content }) => isUtf8(content)),
    open.filter(({ content }) => !isUtf8(content)),
  ];
  const closed = configFiles.filter(({ secret }) => secret);
  return [
    {
      ...meta("v1", "ConfigMap", CONFIG),
      data: Object.fromEntries(texts.map(({ path, content }) => [keyOf(path), content.toString("utf8")])),
      ...(binaries.length === 0
        ? {}
        : {
            binaryData: Object.fromEntries(
              binaries.map(({ path, content }) => [keyOf(path), content.toString("base64")]),
            ),
          }),
    },
    ...(closed.length === 0
      ? []
      : [
          {
            ...meta("v1", "Secret", CONFIG_SECRETS),
            type: "Opaque",
            stringData: empty(closed.map(({ path }) => keyOf(path))),
          },
        ]),
  ];
}

function settings({ name, files }: ContainerUnit): KubernetesObject {
  return {
    ...meta("v1", "ConfigMap", objectName(name, SETTINGS)),
    data: Object.fromEntries(files.map(({ target, content }) => [keyOf(target.split("/").at(-1) ?? target), content])),
  };
}

/** `*-*-* 03:30:00` as cron says it. */
function cronJob(deployment: Deployment, container: ContainerUnit): readonly KubernetesObject[] {
  const [, hour, minute] = /(\d\d):(\d\d):\d\d$/.exec(container.schedule ?? "") ?? [];
  if (hour === undefined || minute === undefined) return [];
  return [
    {
      ...meta("batch/v1", "CronJob", container.name),
      spec: {
        schedule: `${Number(minute)} ${Number(hour)} * * *`,
        concurrencyPolicy: "Forbid",
        jobTemplate: { spec: { template: { metadata: {}, spec: podSpec(deployment, [container], "Never") } } },
      },
    },
  ];
}

function network(deployment: Deployment): readonly KubernetesObject[] {
  const ports = deployment.containers.flatMap((container) => ownSockets(container, deployment)?.ports ?? []);
  return [
    {
      ...meta("v1", "Service", NAME),
      spec: {
        selector: LABELS,
        ports: ports.map(({ name, port }) => ({ name, port, targetPort: port, protocol: "TCP" })),
      },
    },
    {
      ...meta("networking.k8s.io/v1", "NetworkPolicy", NAME),
      spec: {
        podSelector: { matchLabels: LABELS },
        policyTypes: ["Ingress"],
        ingress: [{ ports: ports.map(({ port }) => ({ port, protocol: "TCP" })) }],
      },
    },
  ];
}
