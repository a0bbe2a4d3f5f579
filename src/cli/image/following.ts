/** A build's log on the terminal, from its beginning to its end. */
import { type BuildView, buildLineSchema, buildSchema } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CommandResult } from "../command.ts";
import type { CliContext } from "../context.ts";

/**
 * Shows the log and waits for the end.
 * @param cancels Ctrl-C has the hub cancel the build; else it only ends the looking
 * @throws HubError `hub-unreachable` when the stream breaks off
 */
export async function followBuild(
  context: CliContext,
  id: string,
  { cancels }: { readonly cancels: boolean },
): Promise<BuildView> {
  const hub = context.hub();
  const away = new AbortController();
  let asked = false;
  const interrupt = (): void => {
    if (asked || !cancels) {
      away.abort(new HubError("command-failed", `The build goes on. See it with: hublet image log ${id}`));
      return;
    }
    asked = true;
    context.note("Cancelling the build. Press Ctrl-C again to leave it.");
    void hub.request("DELETE", `/hublet/builds/${id}`, buildSchema).catch((error: unknown) => away.abort(error));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  try {
    let last: BuildView | undefined;
    for await (const { event, data } of hub.events(`/hublet/builds/${id}/log`, away.signal)) {
      if (event === "line") context.note(buildLineSchema.parse(data).text);
      else if (event === "build") last = buildSchema.parse(data);
    }
    if (last?.endedAt != null) return last;
    return await hub.request("GET", `/hublet/builds/${id}`, buildSchema);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  }
}

/** @throws HubError `image-build-failed` with the build's own words, for what did not end well */
export function outcomeOf(build: BuildView): CommandResult {
  if (build.state === "done") return { json: build, text: build.message };
  const words = build.endedAt === null ? `The build goes on. See it with: hublet image log ${build.id}` : build.message;
  throw new HubError("image-build-failed", words, { facts: { build } });
}
