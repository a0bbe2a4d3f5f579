import { HubError } from "../../kernel/index.ts";
import { HUB_LABEL } from "../labels.ts";
import type { VolumeInfo } from "../port.ts";
import { volumeAnswer, volumeListAnswer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refused } from "./errors.ts";

/** Makes a named volume. An existing one is kept: Docker answers 201 for it as well, Podman 4 too. */
export async function createVolume(
  client: EngineClient,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const known = await client.call({ method: "GET", path: `/volumes/${encodeURIComponent(name)}` });
  if (known.status === 200) return;
  const answer = await client.call({
    method: "POST",
    path: "/volumes/create",
    body: { Name: name, Labels: labels },
    timeoutMs: 60_000,
  });
  if (answer.status < 300 || /already exists/i.test(refusalText(answer))) return;
  throw refused(client, `make the volume ${name}`, answer);
}

/** Removes a volume with its content; missing is fine. @throws HubError `conflict` while a server uses it, or when it is another hub's */
export async function removeVolume(client: EngineClient, name: string, hub: string): Promise<void> {
  const known = await client.call({ method: "GET", path: `/volumes/${encodeURIComponent(name)}` });
  if (known.status === 404) return;
  if (known.status !== 200) throw refused(client, `look at the volume ${name}`, known);
  const owner = volumeAnswer.parse(JSON.parse(known.text)).Labels?.[HUB_LABEL];
  if (owner !== undefined && owner !== hub) {
    throw new HubError(
      "conflict",
      `The volume ${name} was made by another hub (${owner}), so this one does not erase it. Remove it by hand if nobody needs it.`,
    );
  }
  const answer = await client.call({
    method: "DELETE",
    path: `/volumes/${encodeURIComponent(name)}`,
    timeoutMs: 120_000,
  });
  if (answer.status < 300 || answer.status === 404) return;
  if (answer.status === 409 || /in use|being used/i.test(refusalText(answer))) {
    throw new HubError("conflict", `The volume ${name} is used by a container. Stop the server that uses it first.`);
  }
  throw refused(client, `remove the volume ${name}`, answer);
}

/** The hub's volumes. */
export async function listVolumes(client: EngineClient, hub: string): Promise<readonly VolumeInfo[]> {
  const filters = JSON.stringify({ label: [`${HUB_LABEL}=${hub}`] });
  const { Volumes: listed } = await client.json(
    volumeListAnswer,
    { method: "GET", path: "/volumes", query: { filters } },
    (answer) => refused(client, "list volumes", answer),
  );
  return listed.map(({ Name: name, Labels: labels }) => ({ name, labels })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
