/** How an event of the stream changes what the pages already hold. Pure. */
import type {
  BuildView,
  HomeView,
  PeopleView,
  ServerEvent,
  ServerView,
  TimelineView,
} from "../../../src/contract/index.ts";
import { withEvent } from "../logic/timeline.ts";

export function serverIntoHome(home: HomeView, server: ServerView): HomeView {
  return { ...home, servers: replace(home.servers, server) };
}

export function serverIntoTimeline(timeline: TimelineView, server: ServerView): TimelineView {
  return { ...timeline, server };
}

export function eventIntoTimeline(timeline: TimelineView, event: ServerEvent): TimelineView {
  const events = withEvent(timeline.events, event);
  return events === timeline.events ? timeline : { ...timeline, events: [...events] };
}

/** The page of people keeps its order and length; `running` is corrected by the next answer of the hub. */
export function serverIntoPeople(people: PeopleView, server: ServerView): PeopleView {
  if (!people.items.some(({ name }) => name === server.user)) return people;
  return {
    ...people,
    items: people.items.map((person) =>
      person.name === server.user ? { ...person, servers: replace(person.servers, server) } : person,
    ),
  };
}

/** Newest first, as the hub lists them. */
export function buildIntoList(builds: readonly BuildView[], build: BuildView): BuildView[] {
  const known = builds.some(({ id }) => id === build.id);
  return known ? builds.map((one) => (one.id === build.id ? build : one)) : [build, ...builds];
}

function replace(servers: readonly ServerView[], server: ServerView): ServerView[] {
  const known = servers.some(({ name }) => name === server.name);
  if (!known) return [...servers, server];
  return servers.map((one) => (one.name === server.name ? server : one));
}
