/** Keys of everything that is fetched: the pages and the event stream must agree on them. */

export interface PeopleQuery {
  readonly search: string;
  readonly state: string;
  /** Only members of this group; `""` is everybody. */
  readonly group: string;
  readonly sort: string;
  readonly offset: number;
}

export const keys = {
  home: ["home"],
  session: ["session"],
  tokens: ["tokens"],
  anyPeople: ["people"],
  people: (query: PeopleQuery) => ["people", query],
  anyExplanation: ["explanation"],
  explanation: (name: string) => ["explanation", name],
  groups: ["groups"],
  anyMembers: ["members"],
  members: (group: string, offset: number) => ["members", group, offset],
  signUps: ["sign-ups"],
  lockouts: ["lockouts"],
  configuration: ["configuration"],
  effective: ["configuration", "effective"],
  host: ["host"],
  /** With everything below it: repositories, and the tags of each. */
  anyCatalogue: ["catalogue"],
  catalogue: (whose: "own" | "all") => ["catalogue", "repositories", whose],
  tags: (repository: string) => ["catalogue", "tags", repository],
  engineImages: ["engine-images"],
  anyBuild: ["builds"],
  build: (id: string) => ["builds", id],
  secondFactor: ["second-factor"],
  sessions: ["sessions"],
  timeline: (user: string, server: string) => ["timeline", user, server],
  log: (user: string, server: string) => ["log", user, server],
} as const;
