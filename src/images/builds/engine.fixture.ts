/** An engine's images in memory, for tests of what happens around builds; the real engines are tested in `test/`. */
import type { Readable } from "node:stream";
import type { BuildOptions, EngineImages, ImageInfo, ListedImage } from "../../drivers/index.ts";
import { HubError } from "../../kernel/index.ts";

export interface MemoryEngine {
  readonly images: EngineImages;
  /** Names with the ids of their images. */
  readonly names: Map<string, string>;
  /** Names as they were pushed, in order. */
  readonly pushed: string[];
  /** What a build does; it may wait, say lines, or fail. */
  onBuild: (options: BuildOptions, context: string) => Promise<void>;
  onPush: (reference: string) => Promise<void>;
  output: string;
}

export function memoryEngine(): MemoryEngine {
  const names = new Map<string, string>();
  const labels = new Map<string, Readonly<Record<string, string>>>();
  let count = 0;
  const info = (id: string): ImageInfo => ({
    id,
    digests: [],
    labels: labels.get(id) ?? {},
    sizeBytes: 1000,
    user: "1000",
  });
  const idOf = (reference: string): string | undefined =>
    names.get(reference) ?? (reference.includes("/") ? undefined : reference);
  const engine: MemoryEngine = {
    names,
    pushed: [],
    onBuild: async () => undefined,
    onPush: async () => undefined,
    output: "program 1.2.3\n",
    images: {
      inspect: async (reference) => {
        const id = idOf(reference);
        return id === undefined ? undefined : info(id);
      },
      list: async () =>
        [...new Set(names.values())].map((id): ListedImage => ({ ...info(id), references: namesOf(id), created: 1 })),
      tag: async (reference, name) => {
        const id = idOf(reference);
        if (id === undefined) throw new HubError("image-missing", `no ${reference}`);
        names.set(name, id);
      },
      push: async (reference) => {
        await engine.onPush(reference);
        engine.pushed.push(reference);
        return { digest: `sha256:${names.get(reference) ?? ""}` };
      },
      build: async (context, options) => {
        const text = await textOf(context);
        await Promise.race([engine.onBuild(options, text), whenAborted(options.signal)]);
        options.signal.throwIfAborted();
        count += 1;
        const id = `id${count}`;
        labels.set(id, options.labels);
        for (const reference of options.references) names.set(reference, id);
        return info(id);
      },
      probe: async () => ({ exitCode: 0, output: engine.output }),
      remove: async (reference) => void names.delete(reference),
      pull: async () => {
        throw new Error("nothing is pulled here");
      },
      importRoot: async () => {
        throw new Error("nothing is imported here");
      },
    },
  };
  return engine;

  function namesOf(id: string): string[] {
    return [...names].filter(([, own]) => own === id).map(([name]) => name);
  }
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const bytes of stream) text += String(bytes);
  return text;
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
