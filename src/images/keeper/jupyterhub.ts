/**
 * Which jupyterhub an image has. A server whose version does not fit ends in redirects between hub and server, which nobody
 * can read anything from; so it is looked up before the first start, once for each image.
 */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { EngineImages, ProbeResult } from "../../drivers/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { untilAborted } from "../until-aborted.ts";
import type { ImageLog } from "./types.ts";

/** An image says by it which jupyterhub it has, or `none`. */
export const JUPYTERHUB_LABEL = "org.hublet.jupyterhub";
/**
 * Major versions of jupyterhub-singleuser that fit: `JUPYTERHUB_SERVICE_URL` is what servers go by since 2.0, and the newest is
 * the one whose contract this hub keeps.
 */
export const SPOKEN_JUPYTERHUB = { oldest: 2, newest: 6 } as const;
const TIMEOUT_SECONDS = 60;
const MOST_IMAGES = 500;

/** Some images put their programs on the path only in their entry point, which is not run here: so the usual places are looked at too. */
const SCRIPT = `
PATH="$PATH:/opt/conda/bin:/srv/conda/envs/notebook/bin:/srv/conda/bin:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin:$HOME/.local/bin"
command -v jupyterhub-singleuser >/dev/null 2>&1 || { echo hublet: none; exit 0; }
version=$(jupyterhub --version 2>/dev/null) || version=
[ -n "$version" ] || version=$(python3 -c 'import jupyterhub; print(jupyterhub.__version__)' 2>/dev/null) || version=
echo "hublet: version $version"
`;

/** `version: null`: the image has no jupyterhub-singleuser. */
export type Finding =
  | { readonly kind: "known"; readonly version: string | null }
  | { readonly kind: "unknown"; readonly why: string };

export class JupyterHubFinder {
  readonly #images: EngineImages;
  readonly #file: string | undefined;
  readonly #log: ImageLog;
  readonly #known: Map<string, string | null>;
  readonly #looking = new Map<string, Promise<Finding>>();
  readonly #closing: AbortSignal;

  constructor(images: EngineImages, file: string | undefined, log: ImageLog, closing: AbortSignal) {
    this.#images = images;
    this.#file = file;
    this.#log = log;
    this.#closing = closing;
    this.#known = file === undefined ? new Map() : readFacts(file);
  }

  /** What was found before, or what the image says of itself. */
  known(id: string, labels: Readonly<Record<string, string>> = {}): string | null | undefined {
    const found = this.#known.get(id);
    const label = labels[JUPYTERHUB_LABEL];
    return found === undefined && label !== undefined ? versionOf(label) : found;
  }

  /** What is in the image; looks only once, also for many who wait. @throws the signal's reason */
  async find(id: string, labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Finding> {
    const version = this.#known.get(id);
    if (version !== undefined) return { kind: "known", version };
    let looking = this.#looking.get(id);
    if (looking === undefined) {
      looking = this.#look(id, labels[JUPYTERHUB_LABEL]);
      this.#looking.set(id, looking);
    }
    return untilAborted(looking, signal);
  }

  async #look(id: string, label: string | undefined): Promise<Finding> {
    const finding: Finding = label === undefined ? await this.#probe(id) : { kind: "known", version: versionOf(label) };
    if (finding.kind === "known") {
      this.#known.set(id, finding.version);
      // What could not be found out stays as it is until the hub starts again: each start would wait for it.
      this.#looking.delete(id);
      await this.#write();
    }
    return finding;
  }

  async #probe(id: string): Promise<Finding> {
    try {
      const command = ["/bin/sh", "-c", SCRIPT];
      return read(await this.#images.probe(id, { command, timeoutSeconds: TIMEOUT_SECONDS, signal: this.#closing }));
    } catch (error) {
      if (this.#closing.aborted) throw this.#closing.reason;
      return { kind: "unknown", why: messageOf(error) };
    }
  }

  async #write(): Promise<void> {
    if (this.#file === undefined) return;
    const newest = [...this.#known].slice(-MOST_IMAGES);
    const text = JSON.stringify({ jupyterhub: Object.fromEntries(newest) });
    try {
      await writeFile(`${this.#file}.new`, text, { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      // It is looked up again after the next restart; nothing else is lost.
      this.#log.warn({ err: error }, "what was found out about images could not be written");
    }
  }
}

/** @throws HubError `image-unsuitable` @returns a note when nothing can be said */
export function judge(reference: string, finding: Finding, ownCommand: boolean): string | undefined {
  if (finding.kind === "unknown") return `Which jupyterhub the image has could not be found out: ${finding.why}`;
  const { version } = finding;
  if (version === null) {
    if (ownCommand) return undefined;
    throw new HubError(
      "image-unsuitable",
      `The image ${reference} has no jupyterhub-singleuser, so its servers cannot speak with the hub. Use protocol: http for this image, or install jupyterhub in it.`,
    );
  }
  const major = Number(version.split(".", 1)[0]);
  const { oldest, newest } = SPOKEN_JUPYTERHUB;
  if (major < oldest || major > newest) {
    throw new HubError(
      "image-unsuitable",
      `The image ${reference} has jupyterhub ${version}, which ${major < oldest ? "is too old" : "is newer than this hub"}: versions ${oldest} to ${newest} fit. Install another version in the image, or choose another image.`,
    );
  }
  return undefined;
}

function read({ exitCode, output }: ProbeResult): Finding {
  const said = /^hublet: (none|version ?(.*))$/m.exec(output);
  if (said?.[1] === "none") return { kind: "known", version: null };
  const version = /(\d+\.\d+[0-9A-Za-z.+-]*)\s*$/.exec(said?.[2] ?? "")?.[1];
  if (version !== undefined) return { kind: "known", version };
  if (exitCode === undefined) return { kind: "unknown", why: `looking took over ${TIMEOUT_SECONDS} seconds.` };
  if (exitCode === 127 || exitCode === 126) return { kind: "unknown", why: "the image has no shell." };
  return { kind: "unknown", why: `${output.trim().slice(-200) || `exit code ${exitCode}`}` };
}

function versionOf(label: string): string | null {
  return label === "none" ? null : label;
}

const factsFile = z.object({ jupyterhub: z.record(z.string(), z.string().nullable()) });

function readFacts(file: string): Map<string, string | null> {
  try {
    return new Map(Object.entries(factsFile.parse(JSON.parse(readFileSync(file, "utf8"))).jupyterhub));
  } catch {
    // Missing or spoilt: everything in it can be found out again.
    return new Map();
  }
}
