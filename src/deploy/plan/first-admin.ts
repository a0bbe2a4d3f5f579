/** After the first apply: the link by which the first admin comes in. */
import { z } from "zod";
import { engineOn } from "../engines/engine-of.ts";
import { findHostAccount } from "../host/find-account.ts";
import type { Host } from "../host/port.ts";
import { askHealth, HUB } from "../steps/hub-program.ts";

const linkSchema = z.object({ url: z.string(), expiresAt: z.string() });

export interface FirstAdmin {
  readonly name: string;
  /** Works once. */
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Makes a new link as long as nobody has used one since the hub was started; undefined otherwise. */
export async function firstAdminLink(
  host: Host,
  accountName: string,
  signal: AbortSignal,
): Promise<FirstAdmin | undefined> {
  const account = await findHostAccount(host, accountName);
  if (account === undefined) return undefined;
  const engine = await engineOn(host, accountName);
  const { firstAdmin: name } = await askHealth({ host, signal, note: () => undefined }, engine, account);
  if (name === undefined) return undefined;
  const cli = ["/node", "--disable-warning=ExperimentalWarning", "/app/src/main/cli.ts"];
  const words = ["exec", engine.containerName(HUB), ...cli, "user", "passwd", name, "--link", "--json"];
  const { argv, as } = engine.inside(account, words);
  const { stdout, code } = await host.run(argv, { signal, ...(as === undefined ? {} : { as }) });
  return code === 0 ? { name, ...linkSchema.parse(JSON.parse(stdout)) } : undefined;
}
