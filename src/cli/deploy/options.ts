/** Options and words that the commands about hosts share. */
import { z } from "zod";

export const HOSTS = z
  .array(z.string().min(1))
  .default([])
  .describe("A host as ssh takes it (user@server); repeat it for more. Without it: deploy.host, or this host.");
export const YES = z.boolean().default(false).describe("Do not ask.");
export const DRY_RUN = z.boolean().default(false).describe("Show what would be done and change nothing.");
export const DISTURB = z
  .boolean()
  .default(false)
  .describe("Do it also when people's running servers must be stopped for it.");
export const FILES = {
  name: "files",
  description: "Configuration files, each of a host of its own (deploy.host); /etc/hublet/hublet.yaml when left out.",
  optional: true,
  variadic: true,
};
