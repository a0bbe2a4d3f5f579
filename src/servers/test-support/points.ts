/** Points of a life at which something else may happen: a stop, or the death of the hub. */
import type { ServersOptions } from "../index.ts";
import type { Images, ReadyImage } from "../ports.ts";

export const START_POINTS = ["queued", "preparing", "pulling", "container", "created", "answering", "routed"] as const;
export const POINTS = [...START_POINTS, "ready", "stopping", "removed"] as const;
export type Point = (typeof POINTS)[number];

/** Which event announces a point; the others lie between a deed and its record. */
export function pointOf(event: { readonly state: string; readonly step: string | null }): Point | undefined {
  if (event.state === "starting") return event.step === "container" ? "container" : "answering";
  return POINTS.find((point) => point === event.state);
}

/** Options under which `reached` is called at `created` (the process runs, no row says so), `routed` and `removed`. */
export function withPoints(options: ServersOptions, reached: (point: Point) => void): Partial<ServersOptions> {
  const { driver, routes } = options;
  return {
    images: quickImages,
    driver: Object.assign(Object.create(driver) as typeof driver, {
      start: async (...request: Parameters<typeof driver.start>) => {
        const running = await driver.start(...request);
        reached("created");
        return running;
      },
      stop: async (...request: Parameters<typeof driver.stop>) => {
        await driver.stop(...request);
        reached("removed");
      },
      ensureVolume: driver.ensureVolume.bind(driver),
      observe: driver.observe.bind(driver),
      list: driver.list.bind(driver),
      watch: driver.watch.bind(driver),
      logs: driver.logs.bind(driver),
    }),
    routes: {
      list: routes.list.bind(routes),
      remove: routes.remove.bind(routes),
      add: async (route, signal) => {
        await routes.add(route, signal);
        if (route.data.user !== undefined) reached("routed");
      },
    },
  };
}

/** An image that takes a third of a second, so that there is a `pulling`. */
const quickImages: Images = {
  ensure: async (reference, { signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReadyImage>();
    const timer = setTimeout(() => resolve({ reference, id: reference }), 300);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
    return promise;
  },
  suits: async () => undefined,
  forget: () => undefined,
  status: (reference) => ({
    reference,
    state: "pulling",
    message: "Fetching",
    fraction: 0.5,
    bytesDone: 5,
    bytesTotal: 10,
    since: "2030-01-01T00:00:00.000Z",
  }),
  subscribe: () => () => undefined,
};
