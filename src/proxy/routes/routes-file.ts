import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { messageOf, systemCode } from "../../kernel/index.ts";
import type { ProxyLog } from "../options.ts";

const VERSION = 1;

const routesFileSchema = z.object({
  version: z.literal(VERSION),
  routes: z.record(z.string(), z.looseObject({ last_activity: z.string().optional() })),
});

/** Records by path, as the API shows them. */
export type StoredRoutes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Keeps the routes on disk, so that a proxy that was killed serves them again as soon as it starts. The hub puts
 * right whatever changed meanwhile, so a file that cannot be read or written is a warning, not the end.
 */
export class RoutesFile {
  readonly #path: string;
  readonly #content: () => StoredRoutes;
  readonly #log: ProxyLog;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #written = "";

  /** @param content gives the records to write, at the moment of writing. */
  constructor(path: string, content: () => StoredRoutes, log: ProxyLog) {
    this.#path = path;
    this.#content = content;
    this.#log = log;
  }

  /** The stored records; none when there is no file. A file that makes no sense is set aside as `….broken`. */
  async load(): Promise<StoredRoutes> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (systemCode(error) !== "ENOENT") {
        this.#log.error({ file: this.#path, error: messageOf(error) }, "The routes on disk cannot be read.");
      }
      return {};
    }
    try {
      return routesFileSchema.parse(JSON.parse(text)).routes;
    } catch (error) {
      this.#log.error(
        { file: this.#path, error: messageOf(error) },
        `The routes on disk make no sense and were set aside as ${this.#path}.broken. The hub will add its routes again.`,
      );
      await rename(this.#path, `${this.#path}.broken`).catch(() => undefined);
      return {};
    }
  }

  /**
   * Resolves once the records as they are now, or newer, are on disk. Calls during a write share the next one.
   * A failure is logged, not thrown: routes in memory are true, and serving them matters more than keeping them.
   */
  save(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#write().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.save();
    });
    return this.#next;
  }

  async #write(): Promise<void> {
    const text = `${JSON.stringify({ version: VERSION, routes: this.#content() })}\n`;
    if (text === this.#written) return;
    const temporary = `${this.#path}.new`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      // Records may hold tokens of servers (`headers`): nobody else may read them.
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
      this.#written = text;
    } catch (error) {
      this.#log.error({ file: this.#path, error: messageOf(error) }, "The routes could not be written to disk.");
    }
  }
}
