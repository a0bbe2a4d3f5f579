import type { EngineImages, ImageInfo } from "../../drivers/index.ts";
import type { Statuses } from "./statuses.ts";
import type { BuildNotebook, ImageKeeperOptions } from "./types.ts";
import { built } from "./words.ts";

/** The notebook image, made here when it is wanted: once, however many names it stands in for. */
export class NotebookMaker {
  readonly #engine: EngineImages;
  readonly #options: Pick<ImageKeeperOptions, "log" | "clock">;
  readonly #statuses: Statuses;
  readonly #signal: AbortSignal;
  #building: Promise<ImageInfo & { readonly reference: string }> | undefined;

  constructor(
    engine: EngineImages,
    options: Pick<ImageKeeperOptions, "log" | "clock">,
    statuses: Statuses,
    signal: AbortSignal,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#statuses = statuses;
    this.#signal = signal;
  }

  /** For `reference`, which shows its progress. */
  make(reference: string, build: BuildNotebook): Promise<ImageInfo & { readonly reference: string }> {
    this.#statuses.enter(reference, "building", "Building the notebook image from packages");
    this.#building ??= this.#make(build).finally(() => {
      this.#building = undefined;
    });
    return this.#building;
  }

  async #make(build: BuildNotebook): Promise<ImageInfo & { readonly reference: string }> {
    const { clock, log } = this.#options;
    const started = clock.now();
    const root = await build({ signal: this.#signal, onProgress: (progress) => this.#tell(built(progress)) });
    const builtAt = clock.now();
    this.#tell({
      state: "importing",
      message: "Handing the image to the engine",
      fraction: null,
      bytesDone: null,
      bytesTotal: null,
    });
    const info = await this.#engine.importRoot(root.tar, root.settings, { signal: this.#signal });
    const facts = {
      cached: root.cached,
      buildSeconds: (builtAt - started) / 1000,
      importSeconds: (clock.now() - builtAt) / 1000,
    };
    log.info({ image: root.settings.reference, ...facts }, "notebook image is ready");
    return { ...info, reference: root.settings.reference };
  }

  #tell(change: Parameters<Statuses["progressIn"]>[1]): void {
    this.#statuses.progressIn(["building", "importing"], change);
  }
}
