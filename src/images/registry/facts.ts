/** What an image in a registry says about itself, without fetching its layers. */
import { createHash } from "node:crypto";
import type { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { ACCEPTED_MANIFESTS, imageConfigAnswer, indexAnswer, manifestAnswer } from "./answers.ts";
import { readJson, unreadable } from "./errors.ts";
import type { Request } from "./session.ts";
import type { ImageFacts } from "./types.ts";
import type { WireAnswer } from "./wire.ts";

export interface FactsQuestion {
  readonly ask: (request: Request) => Promise<WireAnswer>;
  readonly address: string;
  readonly repository: string;
  readonly reference: string;
  readonly architecture: string | undefined;
  readonly pathOf: (rest: string) => string;
  readonly scope: string;
  readonly signal: AbortSignal | undefined;
}

/** Node's names of architectures that images call otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** As `RegistryClient.config`. What is named by a digest is checked against it. */
export async function readFacts(question: FactsQuestion): Promise<ImageFacts | undefined> {
  const architecture = question.architecture ?? ARCHITECTURES[process.arch] ?? process.arch;
  const first = await manifest(question, question.reference);
  if (first === undefined) return undefined;
  const index = indexAnswer.safeParse(first.json);
  const found = index.success ? await child(question, index.data, architecture) : first;
  if (found === undefined) return undefined;
  const { config, layers } = read(question, manifestAnswer, found.json);
  const blob = await question.ask({
    ...requestFor(question),
    path: question.pathOf(`blobs/${config.digest}`),
    accept: "*/*",
  });
  checkDigest(question, blob.body, config.digest);
  const facts = read(question, imageConfigAnswer, readJson(blob.body));
  if (facts.architecture !== undefined && facts.architecture !== architecture)
    throw unsuitable(question, architecture, [`${facts.os}/${facts.architecture}`]);
  return {
    digest: found.digest,
    created: facts.created ?? undefined,
    labels: facts.config?.Labels ?? {},
    environment: facts.config?.Env ?? [],
    sizeBytes: layers.reduce((sum, { size }) => sum + size, config.size),
  };
}

interface Manifest {
  readonly json: unknown;
  readonly digest: string;
}

async function child(
  question: FactsQuestion,
  index: z.infer<typeof indexAnswer>,
  architecture: string,
): Promise<Manifest | undefined> {
  const fitting = index.manifests.find(
    ({ platform }) => platform?.os === "linux" && platform.architecture === architecture,
  );
  if (fitting !== undefined) return await manifest(question, fitting.digest);
  // Attestations lie in indexes as “unknown/unknown”.
  const others = index.manifests.map(({ platform }) =>
    platform === undefined ? "" : `${platform.os}/${platform.architecture}`,
  );
  throw unsuitable(
    question,
    architecture,
    others.filter((name) => name !== "" && name !== "unknown/unknown"),
  );
}

async function manifest(question: FactsQuestion, reference: string): Promise<Manifest | undefined> {
  const answer = await question.ask({
    ...requestFor(question),
    path: question.pathOf(`manifests/${reference}`),
    accept: ACCEPTED_MANIFESTS,
    also: [404],
  });
  if (answer.status === 404) return undefined;
  if (reference.includes(":")) checkDigest(question, answer.body, reference);
  return { json: readJson(answer.body), digest: `sha256:${hashOf(answer.body, "sha256")}` };
}

function requestFor({ repository, reference, scope, signal }: FactsQuestion): Omit<Request, "path"> {
  return { scope, task: `to show ${repository}:${reference}`, limit: 4 * 1024 ** 2, signal };
}

function read<T>({ address, repository, reference }: FactsQuestion, schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (!result.success)
    throw unreadable(address, `to show ${repository}:${reference}`, "it sent no description of an image", result.error);
  return result.data;
}

function checkDigest({ address, repository, reference }: FactsQuestion, body: Buffer, digest: string): void {
  const [algorithm = "", expected] = digest.split(":");
  if ((algorithm === "sha256" || algorithm === "sha512") && hashOf(body, algorithm) === expected) return;
  throw unreadable(address, `to show ${repository}:${reference}`, `what it sent is not what ${digest} names`);
}

function hashOf(body: Buffer, algorithm: "sha256" | "sha512"): string {
  return createHash(algorithm).update(body).digest("hex");
}

function unsuitable(
  { address, repository, reference }: FactsQuestion,
  architecture: string,
  others: readonly string[],
): HubError {
  const made = others.length === 0 ? "" : `; it is made for ${others.join(", ")}`;
  const mark = reference.includes(":") ? "@" : ":";
  return new HubError(
    "image-unsuitable",
    `${address}/${repository}${mark}${reference} has nothing for this machine (linux/${architecture})${made}. Build it for linux/${architecture} too, or choose another.`,
  );
}
