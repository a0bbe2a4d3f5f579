/** The hub as a child of its supervisor: what it tells, and how it ends. */
import type { Logger } from "pino";
import { type ChildMessage, type SupervisorMessage, supervisorMessageSchema } from "../cli/index.ts";
import {
  type ClosingStack,
  fullServerName,
  HubError,
  messageOf,
  type ServerName,
  type UserName,
} from "../kernel/index.ts";
import type { Servers } from "../servers/index.ts";

export function tell(message: ChildMessage): void {
  process.send?.(message);
}

/**
 * Ends on the supervisor's word, on signals, and when the supervisor is gone.
 * @param stopServers stops everybody's servers first, when the supervisor says so
 */
export function obeySupervisor(closing: ClosingStack, stopServers: () => Promise<void>): void {
  let ending = false;
  const end = (withServers: boolean, exit: boolean): void => {
    if (ending && !exit) return;
    ending = true;
    (withServers ? stopServers() : Promise.resolve())
      .then(() => (exit ? closing.close() : undefined))
      .catch((error: unknown) => process.stderr.write(`${messageOf(error)}\n`))
      .finally(() => {
        if (exit) process.exit(0);
      });
  };
  process.on("message", (raw) => {
    const message = supervisorMessageSchema.safeParse(raw);
    if (message.success && message.data.kind === "stop") end(message.data.stopServers, false);
  });
  process.on("SIGTERM", () => end(false, true));
  process.on("SIGINT", () => end(false, true));
  process.on("disconnect", () => end(false, true));
}

/**
 * Has the supervisor stop the own registry, free its space and start it again.
 * @returns what it says besides
 * @throws HubError `registry-refused` with the reason
 */
export async function cleanRegistry(): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<Extract<SupervisorMessage, { kind: "registry-cleaned" }>>();
  const listen = (raw: unknown): void => {
    const message = supervisorMessageSchema.safeParse(raw);
    if (message.success && message.data.kind === "registry-cleaned") resolve(message.data);
  };
  process.on("message", listen);
  try {
    tell({ kind: "clean-registry" });
    const { problem, note } = await promise;
    if (problem !== null) throw new HubError("registry-refused", problem);
    return note ?? undefined;
  } finally {
    process.off("message", listen);
  }
}

/** Stops every server and tells the supervisor what became of them. */
export async function stopAll(servers: Servers, log: Logger): Promise<void> {
  const active = await servers.listActive();
  const stopped = await Promise.all(active.map(({ user, name }) => stopOne(servers, user, name, log)));
  const failed = active
    .filter((_, index) => stopped[index] !== true)
    .map(({ user, name }) => fullServerName(user, name));
  tell({ kind: "stopped-servers", count: active.length - failed.length, failed });
}

/** @returns whether it is stopped now */
async function stopOne(servers: Servers, user: UserName, server: ServerName, log: Logger): Promise<boolean> {
  try {
    await servers.stop({ user, server, by: "hublet up --stop-servers" });
    const settled = await servers.settled({ user, server }, { withinMs: 60_000 });
    return settled.server.state === "stopped" || settled.server.state === "failed";
  } catch (error) {
    log.error({ err: error, user, server }, "a server could not be stopped");
    return false;
  }
}
