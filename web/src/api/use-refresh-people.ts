import { useQueryClient } from "@tanstack/react-query";
import { keys } from "./keys.ts";

/** Everything that shows people, groups or rights is asked for again; resolves when what is in sight is there. */
export function useRefreshPeople(): () => Promise<void> {
  const cache = useQueryClient();
  return async () => {
    const changed = [keys.anyPeople, keys.anyExplanation, keys.groups, keys.anyMembers, keys.lockouts, keys.signUps];
    await Promise.all(changed.map((queryKey) => cache.invalidateQueries({ queryKey })));
  };
}
