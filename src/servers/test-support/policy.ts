/** What everybody gets when no group says anything, for the tests of this room: `src/people` works it out for real. */
import type { Config, PolicyView } from "../../contract/index.ts";

interface Said<T> {
  value: T;
  from: string;
  place: string | null;
  over: { value: T; from: string; place: string | null }[];
}

export function policyFrom(config: Config, change: Partial<PolicyView> = {}): PolicyView {
  const { server, profiles } = config;
  const own = <T>(key: string, value: T): Said<T> => ({ value, from: `server.${key}`, place: null, over: [] });
  const given = { place: null };
  return {
    memory: own("memory", server.memory),
    cpus: own("cpus", server.cpus),
    pids: own("pids", server.pids),
    maximumServers: own("maximumServers", server.maximumServers),
    idleTimeout: own("idleTimeout", server.idleTimeout),
    maximumAge: own("maximumAge", server.maximumAge),
    sharing: own("sharing", server.sharing),
    environment: Object.fromEntries(
      Object.entries(server.environment).map(([name, value]) => [name, own(`environment.${name}`, value)]),
    ),
    mounts: server.mounts.map((mount) => ({ ...mount, ...given, from: "server.mounts" })),
    profiles: profiles.filter(({ everyone }) => everyone).map(({ name }) => ({ ...given, name, from: "profiles" })),
    images: [],
    groupIds: server.groupIds.map((value) => ({ ...given, value, from: "server.groupIds" })),
    ...change,
  };
}

/** A value that a group says. */
export function saidBy<T>(group: string, key: string, value: T, place: string | null = null): Said<T> {
  return { value, from: `groups.${group}.${key}`, place, over: [] };
}
