/** What the pages read and do, as hooks. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { HomeView, PeopleView, ServerView, SessionView, TimelineView } from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import { serverPath } from "../logic/paths.ts";
import { ApiError } from "./client.ts";
import { keys, type PeopleQuery } from "./keys.ts";

/** People on one page of the list. */
export const PAGE = 50;

/** Which server is meant; `name` `""` is the default one. */
export interface ServerKey {
  readonly user: string;
  readonly name: string;
}

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
        sort: query.sort,
        offset: String(query.offset),
        limit: String(limit),
      });
      return api.call<PeopleView>(`hublet/people?${params}`, { signal });
    },
  });
}

/** Starts with `profile`, or as the last time when it is left out. */
export function useStart() {
  const { api } = useApp();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ user, name, profile }: ServerKey & { readonly profile?: string | undefined }) =>
      api.call<undefined>(serverPath(user, name), {
        method: "POST",
        ...(profile === undefined ? {} : { body: { user_options: { profile } } }),
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

/** A server as it is before its first start. */
export function neverStarted({ user, name }: ServerKey): ServerView {
  return {
    user,
    name,
    state: "stopped",
    since: new Date().toISOString(),
    started: null,
    lastActivity: null,
    url: "",
    profile: null,
    image: null,
    options: {},
    failure: null,
  };
}

function refresh(cache: ReturnType<typeof useQueryClient>, user: string, name: string): void {
  void cache.invalidateQueries({ queryKey: keys.home });
  void cache.invalidateQueries({ queryKey: keys.anyPeople });
  void cache.invalidateQueries({ queryKey: keys.timeline(user, name) });
}
