/** What the pages read and do, as hooks. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Explanation, HomeView, PeopleView, SessionView, TimelineView } from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import type { StartOptions } from "../logic/choices.ts";
import { serverPath, urlName } from "../logic/paths.ts";
import { neverStarted, type ServerKey } from "../logic/servers.ts";
import { ApiError } from "./client.ts";
import { keys, type PeopleQuery } from "./keys.ts";

/** People on one page of the list. */
export const PAGE = 50;

export function useHome() {
  const { api } = useApp();
  return useQuery({ queryKey: keys.home, queryFn: ({ signal }) => api.call<HomeView>("hublet/home", { signal }) });
}

export function useSession() {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.session,
    queryFn: ({ signal }) => api.call<SessionView>("hublet/session", { signal }),
  });
}

/** Who is here and whether as an admin: both may change while the page is open, the page's own data is the first word. */
export function useWho(): { readonly name: string; readonly admin: boolean } {
  const { boot } = useApp();
  return useSession().data?.user ?? boot.user;
}

/** What a person may do and gets, with its reasons. */
export function useExplanation(name: string, enabled = true) {
  const { api } = useApp();
  return useQuery({
    enabled,
    queryKey: keys.explanation(name),
    queryFn: ({ signal }) => api.call<Explanation>(`hublet/people/${urlName(name)}/explanation`, { signal }),
  });
}

/** A server that was never made (a new named one) is shown as a stopped one. */
export function useTimeline(key: ServerKey) {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.timeline(key.user, key.name),
    queryFn: async ({ signal }) => {
      try {
        return await api.call<TimelineView>(`hublet/${serverPath(key.user, key.name)}/timeline`, { signal });
      } catch (error) {
        if (key.name !== "" && error instanceof ApiError && error.status === 404) {
          return { server: neverStarted(key), events: [] };
        }
        throw error;
      }
    },
  });
}

export function usePeople(query: PeopleQuery, enabled = true, limit = PAGE) {
  const { api } = useApp();
  return useQuery({
    enabled,
    queryKey: [...keys.people(query), limit],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const params = new URLSearchParams({
        search: query.search,
        state: query.state,
        group: query.group,
        sort: query.sort,
        offset: String(query.offset),
        limit: String(limit),
      });
      return api.call<PeopleView>(`hublet/people?${params}`, { signal });
    },
  });
}

/** Starts with `options`, or as the last time when they are left out. */
export function useStart() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ user, name, options }: ServerKey & { readonly options?: StartOptions | undefined }) =>
      api.call<undefined>(serverPath(user, name), {
        method: "POST",
        ...(options === undefined ? {} : { body: { user_options: options } }),
      }),
    onSettled: (_data, _error, { user, name }) => refresh(cache, user, name),
  });
}

/** Stops a server, or cancels its start. */
export function useStop() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ user, name }: ServerKey) => api.call<undefined>(serverPath(user, name), { method: "DELETE" }),
    onSettled: (_data, _error, { user, name }) => refresh(cache, user, name),
  });
}

function refresh(cache: ReturnType<typeof useQueryClient>, user: string, name: string): void {
  void cache.invalidateQueries({ queryKey: keys.home });
  void cache.invalidateQueries({ queryKey: keys.anyPeople });
  void cache.invalidateQueries({ queryKey: keys.timeline(user, name) });
}
