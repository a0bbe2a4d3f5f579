import { type Clock, KeyedQueue, systemClock } from "../../kernel/index.ts";
import { HUB_LABEL } from "../labels.ts";
import type { Driver, DriverKind } from "../port.ts";
import { EngineClient } from "./client.ts";
import {
  belongsTo,
  inspectContainer,
  listContainers,
  observedFrom,
  removeContainer,
  stopContainer,
} from "./containers.ts";
import type { Dialect } from "./dialect.ts";
import { exportVolume, removeExporter } from "./export.ts";
import { FactsCache, type FactsReader } from "./facts.ts";
import { fillHome } from "./fill.ts";
import { createEngineImages } from "./images.ts";
import { launch } from "./launch.ts";
import { removeOfEarlierProcesses } from "./left-behind.ts";
import { removeNetwork } from "./networks.ts";
import { containerOutput } from "./output.ts";
import { ownVolume } from "./own.ts";
import { packVolume } from "./pack.ts";
import { removePackers } from "./tar-container.ts";
import { unpackVolume } from "./unpack.ts";
import { createVolume, listVolumes, removeVolume } from "./volumes.ts";
import { watchEngine } from "./watch.ts";

export interface EngineDriverOptions {
  /** Absolute path of the engine's unix socket. */
  readonly socketPath: string;
  /** Name of this hub: value of the label `hublet.hub`. Containers without it are never touched. */
  readonly hub: string;
  readonly clock?: Clock;
}

/** What makes an engine of its own kind. */
export interface EngineKind {
  readonly kind: DriverKind;
  readonly dialect: Dialect;
  readonly readFacts: FactsReader;
}

/** The driver of an engine with a Docker-compatible API. */
export function createEngineDriver(engine: EngineKind, options: EngineDriverOptions): Driver {
  const { hub } = options;
  const clock = options.clock ?? systemClock;
  const client = new EngineClient(engine.dialect, options.socketPath);
  const volumes = new KeyedQueue();
  const facts = new FactsCache(() => engine.readFacts(client));

  return {
    kind: engine.kind,
    images: createEngineImages(client, hub, () => facts.get()),

    async ping(signal) {
      const answer = await client.call({ method: "GET", path: "/_ping", signal });
      if (answer.status !== 200) throw client.unreachable(`it answered with status ${answer.status}`);
    },

    async capabilities() {
      return (await facts.get()).capabilities;
    },

    ensureVolume: (name, labels) => createVolume(client, name, { ...labels, [HUB_LABEL]: hub }),
    ownVolume: (name, owner) => volumes.run(name, () => ownVolume(client, name, hub, owner)),
    fillHome: (spec, tar, filling) => fillHome(client, spec, tar, hub, filling),
    removeVolume: (name) =>
      volumes.run(name, async () => {
        await removeExporter(client, name, hub);
        await removePackers(client, name, hub);
        await removeVolume(client, name, hub);
      }),
    exportVolume: (name, file, { signal }) => volumes.run(name, () => exportVolume(client, name, file, hub, signal)),
    listVolumes: () => listVolumes(client, hub),
    packVolume: (name, packing) => packVolume(client, name, hub, packing),
    unpackVolume: (name, tar, unpacking) => volumes.run(name, () => unpackVolume(client, name, hub, tar, unpacking)),

    async start(spec, startOptions) {
      startOptions.signal.throwIfAborted();
      return await launch({ client, facts: await facts.get(), hub, clock }, spec, startOptions);
    },

    async stop(name, { graceSeconds, signal }) {
      const container = await inspectContainer(client, name, signal);
      if (container !== undefined && belongsTo(container, hub)) {
        if (container.State.Running) await stopContainer(client, container.Id, graceSeconds, signal);
        await removeContainer(client, container.Id);
      }
      if ((await facts.get()).isolation.kind === "bridge") await removeNetwork(client, name, hub);
    },

    async observe(name) {
      const container = await inspectContainer(client, name);
      return container !== undefined && belongsTo(container, hub) ? observedFrom(container) : undefined;
    },

    list: (ofHub) => listContainers(client, ofHub),
    async *watch(ofHub, signal) {
      // A hub begins with this. While the engine is away there is nothing to clear, and the watch waits for it.
      await removeOfEarlierProcesses(client, hub).catch(() => undefined);
      yield* watchEngine(client, ofHub, clock, signal);
    },

    async logs(name, lines) {
      const container = await inspectContainer(client, name);
      if (container === undefined || !belongsTo(container, hub)) return "";
      return await containerOutput(client, container.Id, lines);
    },

    close: () => client.close(),
  };
}
