/** Which hub the broker works for: the first that asks, kept in a file that the hub cannot write. */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { systemCode } from "../kernel/index.ts";
import { Refusal } from "./refusal.ts";

const ID = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;
const fileSchema = z.strictObject({ hub: z.string().regex(ID) });

export class Pins {
  readonly #file: string;
  readonly #nothingLeft: (hub: string) => Promise<boolean>;
  #hub: string | undefined;
  #changing: Promise<void> = Promise.resolve();

  /**
   * @param file absolute; mode 0600
   * @param nothingLeft whether the engine has no container and no volume of a hub: then another may take its place, as after a
   *   restore on a new host
   */
  constructor(file: string, nothingLeft: (hub: string) => Promise<boolean>) {
    this.#file = file;
    this.#nothingLeft = nothingLeft;
    this.#hub = read(file);
  }

  /** Undefined before any hub has asked. */
  get hub(): string | undefined {
    return this.#hub;
  }

  /** @throws Refusal when another hub is known */
  async require(hub: string): Promise<string> {
    if (this.#hub === hub) return hub;
    if (!ID.test(hub)) throw new Refusal("no hub has such an id");
    this.#changing = this.#changing.catch(() => undefined).then(() => this.#change(hub));
    await this.#changing;
    return hub;
  }

  async #change(hub: string): Promise<void> {
    const known = this.#hub;
    if (known === hub) return;
    const free = known === undefined || ((await this.#nothingLeft(known)) && (await this.#nothingLeft(hub)));
    if (!free)
      throw new Refusal(
        `this broker works for the hub ${known}, not for ${hub}. After a restore of another hub: remove ${this.#file} and restart the broker`,
      );
    await writeFile(`${this.#file}.new`, `${JSON.stringify({ hub })}\n`, { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
    this.#hub = hub;
  }
}

function read(file: string): string | undefined {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).hub;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
