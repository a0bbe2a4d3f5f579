import { useMutation } from "@tanstack/react-query";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";

/** Ends one lock-out; one that ended by itself meanwhile is no failure for who looks at the list afterwards. */
export function useForgive() {
  const { api } = useApp();
  const refresh = useRefreshPeople();
  return useMutation({
    mutationFn: (key: string) => api.call("hublet/lockouts", { method: "DELETE", body: { key } }),
    onSettled: refresh,
  });
}
