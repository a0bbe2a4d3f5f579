import { createHash } from "node:crypto";
import { HubError } from "../../kernel/index.ts";
import { HUB_LABEL } from "../labels.ts";
import { createdAnswer, networkListAnswer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refused } from "./errors.ts";

/** Subnets of 16 addresses (a gateway and one server need two) out of 10.213.0.0/16: 4096 servers. */
const POOL = { first: "10.213", count: 4096, size: 16 } as const;
const ATTEMPTS = 64;
const CHANGE_MS = 60_000;

/**
 * Makes the bridge network of a server, named like it, and returns its id.
 * Docker's default pools are exhausted by about 30 networks, a classroom, so there the subnet is ours, picked by the name's hash.
 */
export async function createNetwork(
  client: EngineClient,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const { dialect } = client;
  const start = createHash("sha256").update(name).digest().readUInt16BE(0) % POOL.count;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const subnet = subnetNumber((start + attempt * 7) % POOL.count);
    const answer = await client.call({
      method: "POST",
      path: "/networks/create",
      timeoutMs: CHANGE_MS,
      body: {
        Name: name,
        Driver: "bridge",
        CheckDuplicate: true,
        Labels: labels,
        Options: dialect.bridgeOptions,
        ...(dialect.picksSubnets ? { IPAM: { Config: [{ Subnet: subnet }] } } : {}),
      },
    });
    if (answer.status < 300) return createdAnswer.parse(JSON.parse(answer.text)).Id;
    const overlaps = dialect.picksSubnets && /overlap/i.test(refusalText(answer));
    if (!overlaps) throw refused(client, `make the network ${name}`, answer);
  }
  throw new HubError(
    "engine-refused",
    `${dialect.engine} could not make the network ${name}: ${ATTEMPTS} subnets of ${POOL.first}.0.0/16 are taken. Remove networks that are not used any more.`,
  );
}

/** Removes the networks of that name that carry this hub's label; none is fine. */
export async function removeNetwork(client: EngineClient, name: string, hub: string): Promise<void> {
  const filters = JSON.stringify({ name: [name], label: [`${HUB_LABEL}=${hub}`] });
  const networks = await client.json(
    networkListAnswer,
    { method: "GET", path: "/networks", query: { filters } },
    (answer) => refused(client, "list networks", answer),
  );
  // The filter matches parts of names.
  for (const network of networks.filter((candidate) => candidate.Name === name)) {
    const answer = await client.call({ method: "DELETE", path: `/networks/${network.Id}`, timeoutMs: CHANGE_MS });
    if (answer.status >= 300 && answer.status !== 404) throw refused(client, `remove the network ${name}`, answer);
  }
}

function subnetNumber(index: number): string {
  const address = index * POOL.size;
  return `${POOL.first}.${Math.floor(address / 256)}.${address % 256}/28`;
}
