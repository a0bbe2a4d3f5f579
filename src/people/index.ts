export type { People, PeopleParts } from "./people.ts";
export { createPeople, personOf } from "./people.ts";
export type { AddedPeople, PeoplePage, PeopleQuery, PeopleSort, PeopleState, Person } from "./person.ts";
