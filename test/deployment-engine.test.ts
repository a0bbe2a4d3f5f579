/** Podman under systemd as the engine of a deployment, on a booted host; Docker's side of the contract stands beside its source. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deploymentEngineContract, type EngineHome } from "../src/deploy/engines/contract.fixture.ts";
import { podmanEngine } from "../src/deploy/engines/podman.ts";
import { needHostAccount } from "../src/deploy/host/find-account.ts";
import { openHost } from "../src/deploy/host/open.ts";
import { quadletFiles } from "../src/deploy/render/quadlet.ts";
import { userctl } from "../src/deploy/steps/as-account.ts";
import { deploymentFixture } from "../src/deploy/steps/host/host-state.fixture.ts";
import { bootGuest } from "./support/guest.ts";
import { makeProgramRoot } from "./support/program-root.ts";

const ACCOUNT = "contract";
const IMAGE = "localhost/hublet-contract/program:1";
/** A home that nobody else enters, a manager that runs without a session, and Podman's socket in it. */
const PREPARE = `useradd --create-home --shell /usr/sbin/nologin ${ACCOUNT}
chmod 700 /home/${ACCOUNT}
loginctl enable-linger ${ACCOUNT}
systemctl start "user@$(id -u ${ACCOUNT}).service"
mkdir -p -m 700 /root/.ssh
cat > /root/.ssh/authorized_keys`;

async function open(): Promise<EngineHome> {
  const guest = await bootGuest("engine", 52);
  const keys = await mkdtemp(join(tmpdir(), "hublet-keys-"));
  const identityFile = join(keys, "id");
  await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", identityFile]);
  await guest.sh(PREPARE, { input: await readFile(`${identityFile}.pub`) });
  const knownHosts = join(keys, "known");
  const hostKey = await readFile(join(guest.root, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
  await writeFile(knownHosts, `${guest.address} ${hostKey}`);
  const access = { interactive: false, identityFile, knownHosts, note: () => undefined };
  const host = await openHost({ target: `root@${guest.address}`, ...access });
  const account = await needHostAccount(host, ACCOUNT);
  const running = { host, signal: new AbortController().signal };
  await userctl(running, account, ["enable", "--now", "podman.socket"]);
  const root = await makeProgramRoot();
  await copyFile(root.tarPath, join(guest.root, "srv/program.tar"));
  await root.close();
  const words = ["import", "--change", 'ENTRYPOINT ["/node"]', "/srv/program.tar", IMAGE];
  await podmanEngine.command(running, account, words);
  const { home } = account;
  return {
    ...{ engine: podmanEngine, host, account, folder: home, image: IMAGE },
    place: async (containers) => {
      const files = quadletFiles(deploymentFixture({ account: ACCOUNT, home, state: join(home, "state"), containers }));
      await host.writeFiles(
        files.map(({ path, text, mode }) => ({ path: join(home, path), content: text, mode })),
        { as: account },
      );
      await userctl(running, account, ["daemon-reload"]);
    },
    close: async () => {
      await host.close();
      await guest.down();
      await rm(keys, { recursive: true });
    },
  };
}

deploymentEngineContract("Podman under systemd", open);
