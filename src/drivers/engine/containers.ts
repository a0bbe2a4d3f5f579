/** Single steps on one container. All of them keep their hands off containers without this hub's label. */
import { HUB_LABEL } from "../labels.ts";
import type { Observed } from "../port.ts";
import { type ContainerAnswer, containerAnswer, containerListAnswer, type ListedContainer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refused } from "./errors.ts";

/** Milliseconds for calls that change something; removing can wait for a busy disk. */
const CHANGE_MS = 60_000;
const POLITE_EXTRA_MS = 30_000;

/** Undefined when there is none, whoever it belongs to. */
export async function inspectContainer(
  client: EngineClient,
  name: string,
  signal?: AbortSignal,
): Promise<ContainerAnswer | undefined> {
  const answer = await client.call({ method: "GET", path: `/containers/${encodeURIComponent(name)}/json`, signal });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(client, `describe the container ${name}`, answer);
  const container = containerAnswer.parse(JSON.parse(answer.text));
  // The engines also find containers by the beginning of their id.
  return container.Name.replace(/^\//, "") === name || container.Id === name ? container : undefined;
}

export function belongsTo(container: ContainerAnswer, hub: string): boolean {
  return container.Config.Labels[HUB_LABEL] === hub;
}

/** All of the hub's containers. Those that have ended are asked for their exit code one by one. */
export async function listContainers(client: EngineClient, hub: string): Promise<readonly Observed[]> {
  const filters = JSON.stringify({ label: [`${HUB_LABEL}=${hub}`] });
  const listed = await client.json(
    containerListAnswer,
    { method: "GET", path: "/containers/json", query: { all: "true", filters } },
    (answer) => refused(client, "list containers", answer),
  );
  const observed: Observed[] = [];
  for (const container of listed) {
    if (container.State === "running") {
      observed.push(observedRunning(container));
    } else {
      const details = await inspectContainer(client, container.Id);
      if (details !== undefined) observed.push(observedFrom(details));
    }
  }
  return observed;
}

export function observedFrom(container: ContainerAnswer): Observed {
  const { State: state } = container;
  const url = publishedUrl(container);
  return {
    name: container.Name.replace(/^\//, ""),
    id: container.Id,
    labels: container.Config.Labels,
    running: state.Running,
    // "created" and "configured" have a zero that is nobody's exit code.
    ...(state.Running || !/exited|dead|stopped/.test(state.Status) ? {} : { exitCode: state.ExitCode }),
    ...(state.OOMKilled ? { outOfMemory: true } : {}),
    ...(state.Running && url !== undefined ? { url } : {}),
  };
}

function observedRunning(container: ListedContainer): Observed {
  const port = container.Ports.find((candidate) => candidate.PublicPort !== undefined)?.PublicPort;
  return {
    name: (container.Names[0] ?? "").replace(/^\//, ""),
    id: container.Id,
    labels: container.Labels,
    running: true,
    ...(port === undefined ? {} : { url: `http://127.0.0.1:${port}` }),
  };
}

/** Servers publish one port, on 127.0.0.1. */
export function publishedUrl(container: ContainerAnswer): string | undefined {
  for (const bindings of Object.values(container.NetworkSettings.Ports)) {
    const port = bindings?.[0]?.HostPort;
    if (port !== undefined && port !== "" && port !== "0") return `http://127.0.0.1:${port}`;
  }
  return undefined;
}

/** SIGTERM (or the image's stop signal), `graceSeconds`, SIGKILL. Stopped or missing is fine. */
export async function stopContainer(
  client: EngineClient,
  id: string,
  graceSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const answer = await client.call({
    method: "POST",
    path: `/containers/${encodeURIComponent(id)}/stop`,
    query: { t: String(Math.max(0, Math.round(graceSeconds))) },
    timeoutMs: graceSeconds * 1000 + POLITE_EXTRA_MS,
    signal,
  });
  if (answer.status >= 400 && answer.status !== 404) throw refused(client, "stop a server", answer);
}

/** Kills and removes a container with its anonymous volumes; named volumes stay. Missing is fine. */
export async function removeContainer(client: EngineClient, id: string): Promise<void> {
  const path = `/containers/${encodeURIComponent(id)}`;
  // Podman's forced removal would first wait for the polite signal.
  await client.call({ method: "POST", path: `${path}/kill`, query: { signal: "KILL" }, timeoutMs: CHANGE_MS });
  const answer = await client.call({
    method: "DELETE",
    path,
    query: { force: "true", v: "true" },
    timeoutMs: CHANGE_MS,
  });
  if (answer.status < 300 || answer.status === 404) return;
  if (!client.dialect.removalUnderWay(answer.status, refusalText(answer))) {
    throw refused(client, "remove a server's container", answer);
  }
  await client.call({
    method: "POST",
    path: `${path}/wait`,
    query: { condition: "removed" },
    timeoutMs: CHANGE_MS,
  });
}
