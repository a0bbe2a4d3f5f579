/** Keys of everything that is fetched: the pages and the event stream must agree on them. */

export interface PeopleQuery {
  readonly search: string;
  readonly state: string;
  readonly sort: string;
  readonly offset: number;
}

export const keys = {
  home: ["home"],
  session: ["session"],
  tokens: ["tokens"],
  anyPeople: ["people"],
  people: (query: PeopleQuery) => ["people", query],
  timeline: (user: string, server: string) => ["timeline", user, server],
  log: (user: string, server: string) => ["log", user, server],
} as const;
