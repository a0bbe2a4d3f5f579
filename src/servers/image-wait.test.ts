/** A start that waits for its image tells how far it is, runs what it is told, and fails with the keeper's reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageStatus } from "../contract/index.ts";
import { HubError } from "../kernel/index.ts";
import type { Images, ReadyImage } from "./ports.ts";
import { alice, newHall, untilState } from "./test-support/hall.ts";

const SOON = { withinMs: 30_000 };

test("bytes pass through, only the newest word stays in the timeline, and the keeper's image is run", async (t) => {
  const keeper = new HeldImages();
  const { servers } = await newHall(t, () => ({ images: keeper.images }));
  const pulling = untilState(servers, "pulling");
  await servers.start({ ...alice, by: "alice" });
  await pulling;
  const half = Promise.withResolvers<void>();
  servers.subscribe(({ event }) => event?.bytesDone === 50 && half.resolve());
  keeper.say(0.5, 50);
  await half.promise;
  keeper.finish.resolve({ reference: "localhost/built:1", id: "1" });
  const { server } = await servers.settled(alice, SOON);
  assert.deepEqual([server.state, server.image], ["ready", "localhost/built:1"]);
  const words = (await servers.timeline(alice)).filter((event) => event.state === "pulling");
  assert.equal(words.length, 1);
  assert.deepEqual(
    [words[0]?.progress, words[0]?.bytesDone, words[0]?.bytesTotal, words[0]?.step],
    [35, 50, 100, "image"],
  );
  const timings = await servers.timings(alice);
  assert.ok((timings?.imageMs ?? 0) >= 150 && (timings?.oursMs ?? 99_999) < 10_000, JSON.stringify(timings));
});

test("an image that cannot be had fails the start with the keeper's words, leaving nothing", async (t) => {
  const keeper = new HeldImages();
  const { servers, store } = await newHall(t, () => ({ images: keeper.images }));
  keeper.finish.reject(new HubError("image-missing", "There is no image x. Check server.image."));
  await servers.start({ ...alice, by: "alice" });
  const { server } = await servers.settled(alice, SOON);
  assert.deepEqual(
    [server.failure?.code, server.failure?.message],
    ["image-missing", "There is no image x. Check server.image."],
  );
  assert.deepEqual(await store.db.selectFrom("tokens").selectAll().execute(), []);
});

test("an image that vanished from the engine is fetched once more", async (t) => {
  const keeper = new HeldImages();
  keeper.finish.resolve({ reference: "here:1", id: "1" });
  let tries = 0;
  const { servers } = await newHall(t, ({ driver }) => ({
    images: keeper.images,
    driver: Object.assign(Object.create(driver) as typeof driver, {
      start: async (...request: Parameters<typeof driver.start>) => {
        tries += 1;
        if (tries === 1) throw new HubError("image-missing", "gone");
        return driver.start(...request);
      },
      ensureVolume: driver.ensureVolume.bind(driver),
      observe: driver.observe.bind(driver),
      stop: driver.stop.bind(driver),
      list: driver.list.bind(driver),
      watch: driver.watch.bind(driver),
      logs: driver.logs.bind(driver),
    }),
  }));
  await servers.start({ ...alice, by: "alice" });
  assert.equal((await servers.settled(alice, SOON)).server.state, "ready");
  assert.equal(keeper.forgotten, 1);
});

class HeldImages {
  readonly finish = Promise.withResolvers<ReadyImage>();
  forgotten = 0;
  readonly #listeners = new Set<(status: ImageStatus) => void>();
  #status: ImageStatus | undefined;

  readonly images: Images = {
    ensure: async (_reference, { signal }) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason));
      return Promise.race([this.finish.promise, promise]);
    },
    suits: async () => undefined,
    forget: () => {
      this.forgotten += 1;
    },
    status: () => this.#status,
    subscribe: (listener) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  say(fraction: number, bytesDone: number): void {
    this.#status = {
      reference: "quay.io/jupyter/minimal-notebook:latest",
      state: "pulling",
      message: "Fetching the notebook image",
      fraction,
      bytesDone,
      bytesTotal: 100,
      since: "2030-01-01T00:00:00.000Z",
    };
    for (const listener of this.#listeners) listener(this.#status);
  }
}
