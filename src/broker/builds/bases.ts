/**
 * Base images of builds on Podman: fetched, and said by their ids. An image may carry commands of its own (ONBUILD), which builders
 * take for the Containerfile's, and Podman's API does not show them. So each is taken over into an image without them, which costs
 * a layer without files and a moment.
 */
import { z } from "zod";
import { KeyedQueue } from "../../kernel/index.ts";
import { quoted } from "../check-container.ts";
import type { Engine, EngineAnswer, EngineRequest } from "../engine.ts";
import { type Exchange, look } from "../exchange.ts";
import { isImageId } from "../image-names.ts";
import { Refusal } from "../refusal.ts";
import { targetText } from "../target.ts";

/** Podman's own API. */
const LIBPOD = "/v4.0.0";
/** Milliseconds for a change, which on a slow disk lasts. */
const CHANGE_MS = 5 * 60_000;
/** Milliseconds to fetch a base image. */
const FETCH_MS = 2 * 60 * 60_000;

const image = z.looseObject({ Id: z.string().regex(/^(?:sha256:)?[0-9a-f]{64}$/) });
const made = z.looseObject({ Id: z.string().regex(/^[0-9a-f]{64}$/) });
const signIns = z.record(z.string(), z.looseObject({ username: z.string(), password: z.string() }));
const progress = z.looseObject({ error: z.string().optional() });

/** Remembers what was taken over, so that builders find their layers again. */
export class Bases {
  readonly #engine: Engine;
  readonly #bare = new Map<string, string>();
  readonly #queue = new KeyedQueue();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * @param name full, or an id
   * @param config the header with sign-ins of a build
   * @returns `sha256:…` of an image with the same content, and without commands for builders
   * @throws Refusal
   */
  async idOf(exchange: Exchange, name: string, config: string | undefined): Promise<string> {
    const found = await this.#find(exchange, name, config);
    return await this.#queue.run(found, () => this.#bareOf(exchange, found, name));
  }

  async #find(exchange: Exchange, name: string, config: string | undefined): Promise<string> {
    const present = await look(exchange, ["images", ...name.split("/"), "json"], image);
    if (present !== undefined) return withSum(present.data.Id);
    if (isImageId(name)) throw new Refusal(`there is no base image ${quoted(name)}`);
    await this.#fetch(exchange, name, config);
    const fetched = await look(exchange, ["images", ...name.split("/"), "json"], image);
    if (fetched === undefined) throw new Refusal(`the base image ${quoted(name)} is not there after it was fetched`);
    return withSum(fetched.data.Id);
  }

  async #fetch({ prefix, signal }: Exchange, name: string, config: string | undefined): Promise<void> {
    const { status, text } = await this.#engine.ask(
      {
        method: "POST",
        target: targetText(prefix, ["images", "create"], { fromImage: name }),
        headers: signInFor(name, config),
      },
      AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]),
    );
    const said = text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => parsedLine(line)?.error)
      .findLast((error) => error !== undefined);
    if (status !== 200 || said !== undefined)
      throw new Refusal(`the base image ${quoted(name)} could not be fetched: ${(said ?? text).slice(0, 500).trim()}`);
  }

  async #bareOf(exchange: Exchange, id: string, name: string): Promise<string> {
    const known = this.#bare.get(id);
    if (known !== undefined && (await look(exchange, ["images", known, "json"], image)) !== undefined) return known;
    const container = `hublet-base-${id.slice("sha256:".length, "sha256:".length + 16)}`;
    // One that a broker left which ended meanwhile.
    await this.#change("DELETE", ["containers", container], { query: { force: "true", v: "true" } });
    // Podman writes variables of its own into what is made of a container.
    const body = { image: id, name: container, unsetenv: ["TERM", "container"] };
    const plain = await this.#change("POST", ["containers", "create"], { body });
    // Nothing is started; an image that names no command stays one without.
    const created =
      plain.status < 300
        ? plain
        : await this.#change("POST", ["containers", "create"], { body: { ...body, command: ["true"] } });
    mustBeDone(created, name);
    const query = { container, format: "oci", ...(created === plain ? {} : { changes: "CMD []" }) };
    const committed = await this.#change("POST", ["commit"], { query });
    await this.#change("DELETE", ["containers", container], { query: { force: "true", v: "true" } });
    mustBeDone(committed, name);
    const bare = withSum(made.parse(JSON.parse(committed.text)).Id);
    this.#bare.set(id, bare);
    return bare;
  }

  #change(
    method: EngineRequest["method"],
    path: readonly string[],
    { query, body }: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown },
  ): Promise<EngineAnswer> {
    const target = targetText(LIBPOD, ["libpod", ...path], query);
    return this.#engine.ask(
      { method, target, ...(body === undefined ? {} : { body }) },
      AbortSignal.timeout(CHANGE_MS),
    );
  }
}

function mustBeDone({ status, text }: EngineAnswer, name: string): void {
  if (status >= 300)
    throw new Refusal(`the base image ${quoted(name)} could not be taken over: ${text.slice(0, 500).trim()}`);
}

/** The sign-in of a build's header for one registry, as fetching wants it. */
function signInFor(name: string, config: string | undefined): Readonly<Record<string, string>> {
  if (config === undefined) return {};
  const all = signIns.parse(JSON.parse(Buffer.from(config, "base64url").toString("utf8")));
  const registry = name.slice(0, name.indexOf("/"));
  const address = registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
  const found = all[address];
  if (found === undefined) return {};
  const { username, password } = found;
  const header = Buffer.from(JSON.stringify({ username, password, serveraddress: address })).toString("base64");
  return { "x-registry-auth": header.replaceAll("+", "-").replaceAll("/", "_") };
}

function parsedLine(line: string): z.output<typeof progress> | undefined {
  try {
    return progress.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function withSum(id: string): string {
  return id.startsWith("sha256:") ? id : `sha256:${id}`;
}
