export type { People } from "./people.ts";
export { createPeople, personOf } from "./people.ts";
export type { PeopleQuery, PeopleSort, PeopleState, Person } from "./person.ts";
export type { DueIdentity, Groups, Proof, ProviderId, Refreshed, Standings } from "./port.ts";
