/** What the lab's registry offers, as the hub knows it. */
import { useQuery } from "@tanstack/react-query";
import type { CatalogueView, TagsView } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";

/** While the hub asks the registry for the first time, its answer is looked for so often, ms. */
const LOADING_LOOK = 1000;

/** @param whose `all`: also what the policy of this admin leaves out */
export function useCatalogue(whose: "own" | "all" = "own") {
  const { api } = useApp();
  return useQuery<CatalogueView>({
    queryKey: keys.catalogue(whose),
    refetchInterval: ({ state }) => (state.data?.state === "loading" ? LOADING_LOOK : false),
    queryFn: ({ signal }) => api.call<CatalogueView>(`hublet/catalogue${whose === "all" ? "?all=1" : ""}`, { signal }),
  });
}

/** Tags of a repository; nothing is asked for `""`. */
export function useTags(repository: string, whose: "own" | "all" = "own") {
  const { api } = useApp();
  return useQuery({
    enabled: repository !== "",
    queryKey: [...keys.tags(repository), whose],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({ repository, ...(whose === "all" ? { all: "1" } : {}) });
      return api.call<TagsView>(`hublet/catalogue/tags?${query}`, { signal });
    },
  });
}
