export type { People } from "./people.ts";
export { createPeople } from "./people.ts";
export type { AddedPeople, PeoplePage, PeopleQuery, PeopleSort, PeopleState, Person } from "./person.ts";
export { personOf } from "./person.ts";
export type { DueIdentity, Groups, Proof, ProviderId, Refreshed, Standings, Trouble } from "./port.ts";
export type { PeopleLog, PeopleParts } from "./room.ts";
export { configuredIssuer } from "./rules/instance.ts";
