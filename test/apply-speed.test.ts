/** A second apply, against Ansible doing as little as it can: the steps of a hand-made deployment that are all done already. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bootGuest, type Guest } from "./support/guest.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";
import { SshHome } from "./support/ssh-home.ts";

const LEAST_RATIO = 10;
const ROUNDS = 3;

describe("a second apply", { timeout: 600_000 }, () => {
  const ssh = new SshHome();
  let folder: string;
  let guest: Guest;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hublet-speed-"));
    guest = await bootGuest("speed", 30);
    await guest.sh("mkdir -p -m 700 /root/.ssh && cat > /root/.ssh/authorized_keys", { input: ssh.makeKey() });
    ssh.knowHosts(`${guest.address} ${await guest.sh("cat /etc/ssh/ssh_host_ed25519_key.pub")}`);
    writeFileSync(
      join(folder, "hublet.yaml"),
      `name: The lab\nlisten: "*:80"\nserver: {image: "localhost/hublet-test/none:1"}\n`,
    );
  });
  after(async () => {
    await guest?.down();
    rmSync(folder, { recursive: true, force: true });
    ssh.remove();
  });

  test(`is at least ${LEAST_RATIO} times as fast as Ansible over the same ssh to the same host`, (t) => {
    apply();
    playbook();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(timed(() => assert.match(apply(), /Nothing to do/)));
      theirs.push(timed(() => assert.match(playbook(), /changed=0 /)));
    }
    const ratio = median(theirs) / median(ours);
    t.diagnostic(
      `apply ${median(ours).toFixed(2)} s, ansible-playbook ${median(theirs).toFixed(2)} s: ${ratio.toFixed(1)} times as fast`,
    );
    assert.ok(ratio >= LEAST_RATIO, `${ratio}`);
  });

  function apply(): string {
    return must([
      ...[join(PROGRAM_ROOT, "hublet"), "apply", "--yes", "--config", join(folder, "hublet.yaml")],
      ...["--host", `root@${guest.address}`],
    ]);
  }

  function playbook(): string {
    return must(["ansible-playbook", "-i", `root@${guest.address},`, join(PROGRAM_ROOT, "bench/ansible/site.yaml")]);
  }

  function must(argv: readonly string[]): string {
    const env = { ...process.env, NO_COLOR: "1", ANSIBLE_NOCOLOR: "1", ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3" };
    const { status, stdout, stderr } = ssh.run(argv, { env });
    assert.equal(status, 0, `${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
    return stdout;
  }
});

/** Seconds. */
function timed(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
