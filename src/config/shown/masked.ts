/** The configuration as it may be shown: passwords in addresses are not. */

/** A configuration with its defaults, as parsed or as a hub has sent it. */
export type ShownConfig = Readonly<Record<string, unknown>>;

/** Secrets are names already; what is left is a database's address with its password. */
export function maskedConfig(config: ShownConfig): Record<string, unknown> {
  const { database } = config;
  return { ...config, database: typeof database === "string" ? withoutPassword(database) : database };
}

function withoutPassword(address: string): string {
  if (address === "sqlite") return address;
  if (!URL.canParse(address)) return address.replace(/:\/\/.*/, "://…");
  const url = new URL(address);
  if (url.password !== "") url.password = "…";
  // Libraries take the password as a parameter too.
  if (url.searchParams.has("password")) url.searchParams.set("password", "…");
  return decodeURI(url.href);
}
