/** What the admin's pages read. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type {
  ConfigurationView,
  GroupView,
  HostView,
  LockoutView,
  MembersView,
  SignUpView,
} from "../../../src/contract/index.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { keys } from "./keys.ts";
import { PAGE } from "./queries.ts";

/** Requests, lock-outs and refused files come from outside and tell nobody: asked for again while they are in sight, ms. */
const LOOK = 15_000;
/** The host changes slowly, and each question goes to disk and engine, ms. */
const HOST_LOOK = 60_000;

export function useGroups() {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.groups,
    queryFn: async ({ signal }) => (await api.call<{ items: GroupView[] }>("hublet/groups", { signal })).items,
  });
}

export function useMembers(group: string, offset: number) {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.members(group, offset),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.call<MembersView>(`hublet/groups/${urlName(group)}/members?offset=${offset}&limit=${PAGE}`, { signal }),
  });
}

export function useSignUps() {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.signUps,
    refetchInterval: LOOK,
    queryFn: async ({ signal }) => (await api.call<{ items: SignUpView[] }>("hublet/sign-ups", { signal })).items,
  });
}

export function useLockouts() {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.lockouts,
    refetchInterval: LOOK,
    queryFn: async ({ signal }) => (await api.call<{ items: LockoutView[] }>("hublet/lockouts", { signal })).items,
  });
}

/** @param who `admins`: only they may ask; `nobody`: nothing is asked. The event stream tells of each change besides. */
export function useConfiguration(who: "admins" | "nobody" = "admins") {
  const { api } = useApp();
  return useQuery({
    enabled: who === "admins",
    queryKey: keys.configuration,
    refetchInterval: LOOK,
    queryFn: ({ signal }) => api.call<ConfigurationView>("hublet/configuration", { signal }),
  });
}

/** @param who as of `useConfiguration` */
export function useHost(who: "admins" | "nobody" = "admins") {
  const { api } = useApp();
  return useQuery({
    enabled: who === "admins",
    queryKey: keys.host,
    refetchInterval: HOST_LOOK,
    queryFn: ({ signal }) => api.call<HostView>("hublet/doctor", { signal }),
  });
}

export function useEffectiveConfiguration() {
  const { api } = useApp();
  return useQuery({
    queryKey: keys.effective,
    queryFn: async ({ signal }) =>
      (await api.call<{ config: Record<string, unknown> }>("hublet/configuration/effective", { signal })).config,
  });
}
