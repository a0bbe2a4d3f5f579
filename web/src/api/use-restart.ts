import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { TimelineView } from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import type { StartOptions } from "../logic/choices.ts";
import { serverPath } from "../logic/paths.ts";
import type { ServerKey } from "../logic/servers.ts";
import type { Api } from "./client.ts";
import { keys } from "./keys.ts";

/** A stop may take this long before it counts as failed, ms; and how often it is looked at. */
const LONGEST_STOP = 60_000;
const LOOK = 700;

/** Stops a running server, waits until it is gone, and starts it again, with `options` if they are given. */
export function useRestart() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ user, name, options }: ServerKey & { readonly options?: StartOptions | undefined }) => {
      const path = serverPath(user, name);
      await api.call(path, { method: "DELETE" });
      await untilStopped(api, path, AbortSignal.timeout(LONGEST_STOP));
      const body = options === undefined ? {} : { body: { user_options: options } };
      await api.call(path, { method: "POST", ...body });
    },
    onSettled: (_data, _error, { user, name }) => {
      void cache.invalidateQueries({ queryKey: keys.home });
      void cache.invalidateQueries({ queryKey: keys.timeline(user, name) });
    },
  });
}

async function untilStopped(api: Api, path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { server } = await api.call<TimelineView>(`hublet/${path}/timeline`, { signal });
    if (server.state === "stopped" || server.state === "failed") return;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    signal.throwIfAborted();
  }
}
