/** Images of this host and builds: what is read, and what admins do to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { BuildSpec, BuildView, GcResult, ImagesView } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";

/** The event stream tells what this hub does to images. What is done to the engine by hand tells nobody: looked at while in sight, ms. */
const ENGINE_LOOK = 60_000;

export function useImages() {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.engineImages,
    refetchInterval: ENGINE_LOOK,
    queryFn: ({ signal }) => api.call<ImagesView>("hublet/images", { signal }),
  });
}

/** Newest first; the event stream keeps them as they are. */
export function useBuilds() {
  const { api } = useApp();
  return useQuery<BuildView[]>({
    queryKey: keys.anyBuild,
    queryFn: async ({ signal }) => (await api.call<{ items: BuildView[] }>("hublet/builds", { signal })).items,
  });
}

export function useBuild(id: string) {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.build(id),
    queryFn: ({ signal }) => api.call<BuildView>(`hublet/builds/${urlName(id)}`, { signal }),
  });
}

export function useStartBuild() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (spec: Partial<BuildSpec>) => api.call<BuildView>("hublet/builds", { method: "POST", body: spec }),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.anyBuild }),
  });
}

export function useCancelBuild() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.call<undefined>(`hublet/builds/${urlName(id)}`, { method: "DELETE" }),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.anyBuild }),
  });
}

export function usePull() {
  const { api } = useApp();
  return useMutation({
    mutationFn: (reference: string) =>
      api.call<undefined>("hublet/images/pull", { method: "POST", body: { reference } }),
  });
}

interface Removal {
  readonly references: readonly string[];
  readonly registry: boolean;
  /** Of the registry: also other tags of the same content, where they can only go together. */
  readonly others?: boolean;
}

/** Removes names of this host one after the other, or one tag of the registry; gives everything that went. */
export function useRemoveImages() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ references, registry, others = false }: Removal) => {
      const gone: string[] = [];
      for (const reference of references) {
        const body = { reference, registry, others };
        gone.push(...(await api.call<{ removed: string[] }>("hublet/images", { method: "DELETE", body })).removed);
      }
      return gone;
    },
    onSettled: async () => {
      await Promise.all([
        cache.invalidateQueries({ queryKey: keys.engineImages }),
        cache.invalidateQueries({ queryKey: keys.anyCatalogue }),
      ]);
    },
  });
}

/** What a clean-up would remove; asked for anew for each number of days. */
export function useCleanUpPlan(unusedDays: number, enabled: boolean) {
  const { api } = useApp();
  return useQuery({
    enabled,
    gcTime: 0,
    staleTime: 0,
    queryKey: [...keys.engineImages, "plan", unusedDays],
    queryFn: ({ signal }) =>
      api.call<GcResult>("hublet/images/gc", { method: "POST", body: { dryRun: true, unusedDays }, signal }),
  });
}

export function useCleanUp() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (unusedDays: number) =>
      api.call<GcResult>("hublet/images/gc", { method: "POST", body: { dryRun: false, unusedDays } }),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.engineImages }),
  });
}
