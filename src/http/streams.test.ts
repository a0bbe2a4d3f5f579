/** What happens with each keep-alive of a stream: side by side, since each of these waits for one. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_SERVER, userName } from "../kernel/index.ts";
import { readEvents } from "./test-support/events.ts";
import { openHouse } from "./test-support/house.ts";

const alice = { user: userName("alice"), server: DEFAULT_SERVER, by: "alice" } as const;

describe("keep-alives", { concurrency: true }, () => {
  test("86: bytes arrive at least every 8 s during a slow start; cancelling it ends the stream", async (t) => {
    const house = await openHouse(t, { proxy: true, manners: ["mute"] });
    await house.servers.start(alice);
    const stream = await readEvents(house.origin("private"), "/hub/api/users/alice/server/progress", {
      headers: await house.tokenOf("alice"),
    });
    let longest = 0;
    while (longest < 5000) longest = await stream.silence();
    assert.ok(longest < 12_000, `${longest} ms of silence`);
    await house.servers.stop(alice);
    assert.deepEqual((await stream.rest()).at(-1)?.data, { progress: 100, failed: true, message: "Spawn cancelled" });
  });

  test("a stream ends soon after its reader signed out, was removed, or lost the token", async (t) => {
    const house = await openHouse(t);
    const events = "/hub/api/hublet/events";
    const follow = async (headers: Record<string, string>) => readEvents(house.origin("private"), events, { headers });
    const browsers = await Promise.all(["alice", "bob"].map((name) => house.browserOf(name)));
    const cookies = browsers.map(({ cookies }) => `jupyterhub-hub-login=${cookies.get("jupyterhub-hub-login")}`);
    const streams = await Promise.all([
      ...cookies.map((cookie) => follow({ cookie })),
      follow(await house.tokenOf("admin")),
    ]);
    const stays = await follow({
      cookie: `jupyterhub-hub-login=${(await house.browserOf("admin")).cookies.get("jupyterhub-hub-login")}`,
    });
    await browsers[0]?.open("/hub/logout");
    await house.people.remove("bob");
    const admin = await house.person("admin");
    for (const { id } of await house.access.tokens.list(admin)) await house.access.tokens.revoke(admin, id);
    await Promise.all(streams.map((stream) => stream.rest()));
    await stays.until("home");
    await house.servers.create({ user: userName("alice"), server: "still" as never });
    assert.equal((await stays.next())?.data.name, "still");
  });

  test("a reader hears less soon after they may see less", async (t) => {
    const house = await openHouse(t);
    await house.people.setAdmin("bob", true);
    const bob = await house.browserOf("bob");
    const cookie = `jupyterhub-hub-login=${bob.cookies.get("jupyterhub-hub-login")}`;
    const stream = await readEvents(house.origin("private"), "/hub/api/hublet/events", { headers: { cookie } });
    await stream.until("home");
    await house.people.setAdmin("bob", false);
    let silence = 0;
    while (silence < 5000) silence = await stream.silence();
    // The look-up began with that keep-alive; the next request of ours is answered after it.
    await bob.call("GET", "/hub/api/user");
    await house.servers.create({ user: userName("alice"), server: "secret" as never });
    await house.servers.create({ user: userName("bob"), server: "mine" as never });
    assert.equal((await stream.until("server")).data.name, "mine");
  });
});
