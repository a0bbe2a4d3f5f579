/** A folder with a vault and people who can open it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Secret } from "../../kernel/index.ts";
import { newIdentity, type VaultIdentity } from "./age.ts";
import { createVault, setValues } from "./change.ts";
import { identityFile } from "./identities.ts";

export interface Lab {
  readonly folder: string;
  readonly config: string;
  readonly vault: string;
  readonly ada: VaultIdentity;
  /** What names Ada's key. */
  readonly environment: Readonly<Record<string, string>>;
  text(): string;
  write(text: string): void;
  set(values: Readonly<Record<string, string | undefined>>): Promise<void>;
}

export async function vaultLab(t: TestContext, values: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-vault-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const vault = join(folder, "secrets.age");
  const ada = await newIdentity();
  writeFileSync(join(folder, "identity"), identityFile(ada), { mode: 0o600 });
  await createVault(vault, new Map([["ada", ada.recipient]]));
  const set: Lab["set"] = (changes) =>
    setValues(
      vault,
      new Map(Object.entries(changes).map(([name, value]) => [name, value === undefined ? value : new Secret(value)])),
      [ada.identity],
    );
  await set(values);
  return {
    ...{ folder, vault, ada, set, config: join(folder, "hublet.yaml") },
    environment: { HUBLET_IDENTITY: join(folder, "identity"), HOME: folder },
    text: () => readFileSync(vault, "utf8"),
    write: (text) => writeFileSync(vault, text),
  };
}

/** Lines of one text that the other does not have. */
export function linesOnlyIn(one: string, other: string): string[] {
  const known = new Set(other.split("\n"));
  return one.split("\n").filter((line) => !known.has(line));
}
