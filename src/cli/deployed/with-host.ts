/** The host that a command is about: opened for it, closed after it. */
import { type Host, openHost } from "../../deploy/index.ts";
import type { CliContext } from "../context.ts";

/** @param target what ssh takes; this host when undefined. @throws HubError as `openHost` */
export async function withHost<T>(
  context: Pick<CliContext, "interactive" | "askSecret" | "note">,
  target: string | undefined,
  work: (host: Host) => Promise<T>,
): Promise<T> {
  const { interactive, askSecret, note } = context;
  const host = await openHost({ target, interactive, askSecret, note });
  try {
    return await work(host);
  } finally {
    await host.close();
  }
}
