/** All that the hub needs of an engine passes through the broker: the drivers' whole contract, with the broker between. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { type BrokerPolicy, hostView, startBroker } from "../src/broker/index.ts";
import { engineSuite } from "../src/drivers/contract-suites.ts";
import { createDockerDriver, createPodmanDriver, type Driver, type EngineDriverOptions } from "../src/drivers/index.ts";
import { ClosingStack } from "../src/kernel/index.ts";
import { makeBusyboxRoot, mayStartDocker, startDocker, startPodman, startRegistry } from "./support/engines.ts";

// Side by side: what takes long here is waiting for containers to end.
describe("all that the hub needs", { concurrency: 2 }, () => {
  brokeredSuite("podman", createPodmanDriver, startPodman);
  // A Docker daemon of one's own takes root; the tests of other people have Podman.
  if (mayStartDocker()) brokeredSuite("docker", createDockerDriver, startDocker);
});

function brokeredSuite(
  kind: "podman" | "docker",
  create: (options: EngineDriverOptions) => Driver,
  startEngine: typeof startPodman,
): void {
  const binds: { source: string; readOnly: boolean }[] = [];
  const policy: BrokerPolicy = {
    engine: kind,
    images: ["localhost/hublet-test/*", "localhost/hublet/*", "127.0.0.1:*/*"],
    targets: ["localhost/hublet-test/*", "localhost/hublet/*", "127.0.0.1:*/*"],
    reserved: [],
    volumes: [{ name: "hublet-test-*", readOnly: false }],
    binds,
    closed: ["/etc/hublet"],
    groups: null,
    accountPrefix: null,
  };
  let direct = "";
  let brokered = "";
  let ours: string | undefined;

  engineSuite(
    `${kind} behind a broker`,
    (options) => {
      ours ??= options.hub;
      // Another hub on the same engine has its own way to it.
      if (options.hub !== ours || options.socketPath !== direct) return create(options);
      return behind(create({ ...options, socketPath: brokered }), create(options));
    },
    {
      startRegistry,
      makeRoot: makeBusyboxRoot,
      startEngine: async (registries) => {
        const stack = new ClosingStack();
        const engine = stack.add(await startEngine(registries));
        const folder = await mkdtemp(join(tmpdir(), "hublet-broker-"));
        stack.defer(() => rm(folder, { recursive: true }));
        direct = engine.socketPath;
        brokered = join(folder, "broker.sock");
        stack.add(
          await startBroker({
            engineSocket: direct,
            listenSocket: brokered,
            socketMode: 0o600,
            pinsFile: join(folder, "hub.json"),
            policy: () => policy,
            accountOf: () => undefined,
            view: hostView(""),
            log: {
              warn: () => undefined,
              error: (facts, message) => console.error(message, facts),
            },
          }),
        );
        return { socketPath: direct, close: () => stack.close() };
      },
    },
  );

  /** What a test mounts is what the configuration would name; images are imported by `apply`, not by the hub. */
  function behind(driver: Driver, past: Driver): Driver {
    const { images } = driver;
    const name = (
      mounts: readonly { readonly kind: string; readonly source: string; readonly readOnly: boolean }[],
    ) => {
      // A folder below one that servers write would be refused.
      binds.splice(0);
      for (const { kind: type, source, readOnly } of mounts) if (type === "bind") binds.push({ source, readOnly });
    };
    return {
      ...driver,
      images:
        images === undefined || past.images === undefined
          ? undefined
          : { ...images, importRoot: past.images.importRoot },
      start: (spec, options) => {
        // Nobody's server is root behind a broker, which its own tests say.
        if (spec.user === "0:0") return past.start(spec, options);
        name(spec.mounts);
        return driver.start(spec, options);
      },
      fillHome: (spec, tar, options) => {
        name([spec.home]);
        return driver.fillHome(spec, tar, options);
      },
      close: async () => {
        await driver.close();
        await past.close();
      },
    };
  }
}
