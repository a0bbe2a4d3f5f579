/** Docker as the engine of a deployment, on a daemon of the test's own. */
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { startDocker } from "../../../test/support/engines.ts";
import { makeProgramRoot } from "../../../test/support/program-root.ts";
import { openLocalHost } from "../host/local.ts";
import { composeFiles } from "../render/compose.ts";
import { deploymentFixture } from "../steps/host/host-state.fixture.ts";
import { deploymentEngineContract, type EngineHome } from "./contract.fixture.ts";
import { dockerEngine } from "./docker.ts";

/** Somebody without rights, who is there on every host. */
const NOBODY = 65_534;
const IMAGE = "localhost/hublet-contract/program:1";

async function open(): Promise<EngineHome> {
  const daemon = await startDocker();
  const host = await openLocalHost();
  // In /run, which is root's alone: in /tmp root would refuse to write.
  const records = await mkdtemp("/run/hublet-engine-");
  const outside = await mkdtemp("/run/hublet-account-");
  const folder = join(outside, "home");
  await mkdir(folder, { mode: 0o700 });
  for (const path of [outside, folder]) await chown(path, NOBODY, NOBODY);
  const root = await makeProgramRoot();
  const account = { name: "nobody", uid: NOBODY, gid: NOBODY, home: folder };
  const engine = dockerEngine({ account: account.name, records, socket: daemon.socketPath });
  const running = { host, signal: new AbortController().signal };
  await engine.command(running, account, ["import", "--change", 'ENTRYPOINT ["/node"]', root.tarPath, IMAGE]);
  await root.close();
  const places = { records, account: account.name, home: outside, state: folder };
  return {
    ...{ engine, host, account, folder, image: IMAGE },
    place: async (containers) => {
      const description = deploymentFixture({ ...places, engine: engine.deployed, containers });
      await host.writeFiles(
        composeFiles(description).map(({ path, text, mode }) => ({ path: join(records, path), content: text, mode })),
      );
    },
    close: async () => {
      for (const part of ["stays", "ends", "given"])
        await engine.attempt(running, account, ["rm", "--force", engine.containerName(`hublet-contract-${part}`)]);
      await engine.attempt(running, account, ["image", "rm", "--force", IMAGE]);
      await host.close();
      await daemon.close();
      for (const path of [records, outside]) await rm(path, { recursive: true, force: true });
    },
  };
}

// Who is not root has no daemon of their own, and deploys nothing.
if (process.geteuid?.() === 0) deploymentEngineContract("Docker", open);
