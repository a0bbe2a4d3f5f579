/**
 * One booted host sets up another over ssh, and is killed at every step of it: calling it again ends where an apply that
 * nobody disturbed ends.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { bootGuest, type Guest } from "./support/guest.ts";
import { Lab, PROGRAM } from "./support/lab.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";

const CONFIGURATION = `name: The lab
listen: "*:80"
people: {names: [ada]}
server: {image: "localhost/hublet-test/none:1"}
`;
/** More often than there are steps. */
const MOST_RUNS = 60;

describe("apply over ssh", { timeout: 900_000 }, () => {
  let management: Guest;
  let killed: Guest;
  let whole: Guest;
  let lab: Lab;

  before(async () => {
    management = await bootGuest("management", 20, { [PROGRAM_ROOT]: PROGRAM });
    killed = await bootGuest("killed", 21);
    whole = await bootGuest("whole", 22);
    lab = new Lab(management);
    const key = await management.sh(
      "mkdir -p -m 700 /root/.ssh && ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 && cat /root/.ssh/id_ed25519.pub",
    );
    for (const server of [killed, whole]) {
      await server.sh(
        "useradd -m -s /bin/sh ada && install -d -o ada -m 700 ~ada/.ssh && cat > ~ada/.ssh/authorized_keys && chown ada ~ada/.ssh/authorized_keys && echo 'ada ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ada",
        { input: key },
      );
    }
    await management.sh("mkdir -p /root/lab && cat > /root/lab/hublet.yaml", { input: CONFIGURATION });
  });
  after(async () => {
    for (const guest of [management, killed, whole]) await guest?.down();
  });

  test("a host whose key is not known is refused, and told how to get to know it", async () => {
    const { code, stderr } = await apply(killed);
    assert.equal(code, 1);
    assert.match(stderr, /host key|known/i);
    const hosts = [killed, whole].map(({ address }) => address).join(" ");
    await management.sh(`ssh-keyscan ${hosts} > /root/.ssh/known_hosts 2>/dev/null`);
  });

  test("killed at each step in turn and called again, it ends as one that nobody disturbed", async (t) => {
    const uninterrupted = await apply(whole);
    assert.equal(uninterrupted.code, 0, uninterrupted.stderr);

    const stopped = new Set<string>();
    let runs = 0;
    for (; runs < MOST_RUNS; runs += 1) {
      const before = stopped.size;
      const { code, stderr } = await apply(killed, (line) => {
        const step = /^\[\d+\/\d+\] (.+)$/.exec(line)?.[1];
        if (step === undefined || stopped.has(step) || stopped.size > before) return;
        stopped.add(step);
        // In the guest: what is killed out here would go on in there.
        void management.run(["pkill", "-KILL", "-f", "src/main/cli.ts"]);
      });
      if (stopped.size > before) continue;
      assert.equal(code, 0, stderr);
      break;
    }
    t.diagnostic(`killed at ${stopped.size} steps: ${[...stopped].join("; ")}`);
    assert.ok(stopped.size >= 12, [...stopped].join("\n"));
    assert.deepEqual(await endState(killed), await endState(whole));
    for (const server of [killed, whole]) assert.match((await apply(server)).stdout, /Nothing to do/);
  });

  test("the wrapper on the other host speaks to its hub, and needs nothing but Podman there", async () => {
    const list = await killed.must(["/usr/local/bin/hublet", "user", "list"]);
    assert.match(list, /ada/);
    assert.equal((await killed.run(["sh", "-c", "command -v node"])).code, 127);
    const status = await lab.must(["status", "--host", `ada@${killed.address}`]);
    assert.match(status, /answers/);
    assert.match(await lab.must(["logs", "hub", "--host", `ada@${killed.address}`]), /hub ready/);
  });

  test("several hosts of one folder are done in turn, and one that fails does not stop the others", async () => {
    for (const { name, address } of [killed, whole])
      await management.sh(`cat > /root/lab/${name}.yaml`, {
        input: `include: hublet.yaml\ndeploy: {host: "ada@${address}"}\nbanner: {text: "Welcome to ${name}"}\n`,
      });
    await management.sh("cat > /root/lab/nowhere.yaml", {
      input: "include: hublet.yaml\ndeploy: {host: ada@10.213.77.99}\n",
    });
    const files = ["nowhere", "killed", "whole"].map((name) => `/root/lab/${name}.yaml`);
    const { code, stdout } = await lab.hublet(["apply", "--yes", ...files]);
    assert.equal(code, 1);
    assert.match(stdout, /nowhere|10\.213\.77\.99/);
    for (const server of [killed, whole])
      assert.match(await server.sh("cat /etc/hublet/*.yaml"), new RegExp(`Welcome to ${server.name}`));
  });

  test("uninstall over ssh leaves nothing of it but the data", async () => {
    await lab.must(["uninstall", "--yes", "--host", `ada@${killed.address}`]);
    assert.equal((await killed.run(["getent", "passwd", "hublet"])).code, 2);
    assert.equal(await killed.sh("ls /usr/local/bin/hublet 2>/dev/null || :"), "");
    assert.equal(await killed.sh("ss -Hltn 'sport = :80'"), "");
  });

  function apply(server: Guest, onNote?: (line: string) => void) {
    const words = ["apply", "--yes", "--config", "/root/lab/hublet.yaml", "--host", `ada@${server.address}`];
    return lab.hublet(words, onNote === undefined ? {} : { onNote });
  }
});

/** Everything that two hosts with the same description have in common. */
async function endState(server: Guest): Promise<unknown> {
  const uid = (await server.sh("id -u hublet")).trim();
  const anonymous = (text: string): string =>
    text.replaceAll(server.address, "ADDRESS").replaceAll(server.name, "NAME").replaceAll(uid, "UID");
  const as = `cd /var/lib/hublet; runuser -u hublet -- env HOME=/var/lib/hublet XDG_RUNTIME_DIR=/run/user/${uid} DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/${uid}/bus`;
  return {
    units: anonymous(
      await server.sh("cd /var/lib/hublet/.config && find . -type f -o -type l | sort | xargs sha256sum"),
    ),
    configuration: anonymous(await server.sh("cd /etc/hublet && find . -type f -printf '%p %m %u %g\\n' | sort")),
    dropIn: anonymous(await server.sh(`cat /etc/systemd/system/user@${uid}.service.d/*`)),
    account: anonymous(
      await server.sh("getent passwd hublet; grep hublet /etc/subuid /etc/subgid; ls /var/lib/systemd/linger"),
    ),
    containers: await server.sh(`${as} podman ps --format '{{.Names}} {{.Image}} {{.State}}' | sort`),
    secrets: await server.sh(`${as} podman secret ls --format '{{.Name}}' | sort`),
    images: await server.sh(`${as} podman images --format '{{.Repository}}:{{.Tag}}' | sort`),
    generations: await server.sh(
      "ls /var/lib/hublet-deploy/hublet/generations; cat /var/lib/hublet-deploy/hublet/current",
    ),
    listening: await server.sh("ss -Hltn | awk '{print $4}' | sort"),
  };
}
