import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HubError, messageOf, randomHex, systemCode } from "../../kernel/index.ts";
import { fileNameOf } from "./paths.ts";

const recordSchema = z.object({
  name: z.string(),
  hub: z.string(),
  labels: z.record(z.string(), z.string()),
  pid: z.number().int().positive(),
  startTime: z.string(),
  bootId: z.string(),
  port: z.number().int(),
  exitCode: z.number().optional(),
});

/** What is kept of a server so that the next hub finds it again. No environment: that has secrets. */
export type ProcessRecord = Readonly<z.infer<typeof recordSchema>>;

/** One state file and one log file per server in one private folder. */
export class RecordFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  logPath(name: string): string {
    return join(this.#folder, `${fileNameOf(name)}.log`);
  }

  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  async read(name: string): Promise<ProcessRecord | undefined> {
    return this.#parse(`${fileNameOf(name)}.json`);
  }

  async all(): Promise<readonly ProcessRecord[]> {
    const records: ProcessRecord[] = [];
    for (const file of await readdir(this.#folder).catch(none)) {
      const record = file.endsWith(".json") ? await this.#parse(file) : undefined;
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  async write(record: ProcessRecord): Promise<void> {
    await this.prepare();
    const path = join(this.#folder, `${fileNameOf(record.name)}.json`);
    const draft = `${path}.${randomHex(4)}.draft`;
    await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
    await rename(draft, path);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, `${fileNameOf(name)}.json`), { force: true });
    await rm(this.logPath(name), { force: true });
  }

  async #parse(file: string): Promise<ProcessRecord | undefined> {
    const path = join(this.#folder, file);
    try {
      return recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw new HubError(
        "state-unusable",
        `The state file ${path} of a server cannot be read: ${messageOf(error)}. End that process by hand, then remove the file.`,
        { cause: error },
      );
    }
  }
}

function none(error: unknown): readonly string[] {
  if (systemCode(error) === "ENOENT") return [];
  throw error;
}
