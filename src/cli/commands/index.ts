/** The list of all commands; each is loaded only when it is called. */
import type { Command } from "../command.ts";

export interface CommandEntry {
  readonly path: readonly string[];
  load(): Promise<Command>;
}

const user = () => import("./user.ts");
const server = () => import("./server.ts");
const token = () => import("./token.ts");

export const commandIndex: readonly CommandEntry[] = [
  { path: ["up"], load: async () => (await import("./up.ts")).up },
  { path: ["status"], load: async () => (await import("./status.ts")).status },
  { path: ["logs"], load: async () => (await import("./logs.ts")).logs },
  { path: ["user", "add"], load: async () => (await user()).userAdd },
  { path: ["user", "list"], load: async () => (await user()).userList },
  { path: ["user", "remove"], load: async () => (await user()).userRemove },
  { path: ["user", "passwd"], load: async () => (await user()).userPasswd },
  { path: ["user", "admin"], load: async () => (await user()).userAdmin },
  { path: ["server", "list"], load: async () => (await server()).serverList },
  { path: ["server", "start"], load: async () => (await server()).serverStart },
  { path: ["server", "stop"], load: async () => (await server()).serverStop },
  { path: ["server", "logs"], load: async () => (await server()).serverLogs },
  { path: ["token", "create"], load: async () => (await token()).tokenCreate },
  { path: ["token", "list"], load: async () => (await token()).tokenList },
  { path: ["token", "revoke"], load: async () => (await token()).tokenRevoke },
  { path: ["test"], load: async () => (await import("./test.ts")).testCommand },
];

/** Loads one command. */
export function loadCommand(entry: CommandEntry): Promise<Command> {
  return entry.load();
}
