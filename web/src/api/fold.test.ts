import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildView, PeopleView, ServerState, ServerView } from "../../../src/contract/index.ts";
import { buildIntoList, eventIntoTimeline, serverIntoHome, serverIntoPeople } from "./fold.ts";

function server(user: string, name: string, state: ServerState): ServerView {
  return {
    user,
    name,
    state,
    since: "2026-11-21T12:00:00Z",
    started: null,
    lastActivity: null,
    url: `/user/${user}/`,
    profile: null,
    image: null,
    imageDigest: null,
    options: {},
    stopsAt: null,
    stopsBecause: null,
    stoppedBecause: null,
    failure: null,
  };
}

test("a changed server takes the place of the old one, a new one is added", () => {
  const home = {
    servers: [server("a", "", "stopped")],
    profiles: [],
    choices: [],
    catalogue: false,
    maximumServers: 5,
    images: [],
    limits: { memory: true, cpu: true },
    notes: [],
  };
  assert.deepEqual(
    serverIntoHome(home, server("a", "", "ready")).servers.map(({ state }) => state),
    ["ready"],
  );
  assert.equal(serverIntoHome(home, server("a", "gpu", "queued")).servers.length, 2);
});

test("people who are not on this page of the list change nothing", () => {
  const people: PeopleView = {
    items: [
      {
        name: "a",
        admin: false,
        created: "",
        lastActivity: null,
        claimed: true,
        suspended: null,
        groups: [],
        logins: [],
        secondFactor: false,
        servers: [],
      },
    ],
    total: 2,
    offset: 0,
    limit: 50,
    running: 0,
  };
  assert.equal(serverIntoPeople(people, server("b", "", "ready")), people);
  assert.equal(serverIntoPeople(people, server("a", "", "ready")).items[0]?.servers[0]?.state, "ready");
});

test("an event that is known already keeps the very same timeline", () => {
  const event = {
    id: 1,
    at: "",
    state: "queued",
    step: null,
    message: "",
    progress: 0,
    bytesDone: null,
    bytesTotal: null,
    failure: null,
  } as const;
  const timeline = { server: server("a", "", "queued"), events: [event] };
  assert.equal(eventIntoTimeline(timeline, event), timeline);
});

test("a build takes its own place in the list, and a new one comes first", () => {
  const build = (id: string, state: BuildView["state"]): BuildView => ({
    ...{ id, name: "lab/x", kind: "build", state, by: "a", startedAt: "2030-01-01T00:00:00Z", endedAt: null },
    ...{ references: [], version: null, imageId: null, digest: null, message: "" },
  });
  const held = [build("2", "queued"), build("1", "done")];
  const said = (builds: readonly BuildView[]): string[] => builds.map(({ id, state }) => `${id} ${state}`);
  assert.deepEqual(said(buildIntoList(held, build("2", "building"))), ["2 building", "1 done"]);
  assert.deepEqual(said(buildIntoList(held, build("3", "queued"))), ["3 queued", "2 queued", "1 done"]);
});
