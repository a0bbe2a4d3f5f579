/** What `apply` remembers of a host so that `uninstall` takes back exactly that: two small files of root. */
import { join } from "node:path";
import { z } from "zod";
import type { Host } from "../../host/port.ts";
import type { HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";

const accountSchema = z.object({
  /** The account was made by us, and goes when we go. */
  made: z.boolean(),
  /** It lingered before us, for something else. */
  lingered: z.boolean(),
});
export type AccountRecord = z.output<typeof accountSchema>;

const firewallSchema = z.object({
  kind: z.enum(["firewalld", "ufw"]),
  /** TCP ports that we opened. */
  ports: z.array(z.number().int()),
});
export type FirewallRecord = z.output<typeof firewallSchema>;

export function accountRecordPath({ records }: Deployment): string {
  return join(records, "account.json");
}

export function firewallRecordPath({ records }: Deployment): string {
  return join(records, "firewall.json");
}

/** Undefined when nothing was recorded, or somebody wrote something else there. */
export function accountRecord(deployment: Deployment, state: HostState): AccountRecord | undefined {
  return read(accountSchema, state.contents[accountRecordPath(deployment)]);
}

export function firewallRecord(deployment: Deployment, state: HostState): FirewallRecord | undefined {
  return read(firewallSchema, state.contents[firewallRecordPath(deployment)]);
}

export async function writeRecord(host: Host, path: string, record: AccountRecord | FirewallRecord): Promise<void> {
  await host.writeFiles([{ path, content: `${JSON.stringify(record)}\n`, mode: 0o600 }]);
}

function read<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
