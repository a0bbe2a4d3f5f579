/** The manual's commands, run as they stand on its pages by an admin on a freshly booted host. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { bootGuest, type Guest } from "./support/guest.ts";
import { Lab, PROGRAM } from "./support/lab.ts";
import { Manual } from "./support/manual.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";

const ADDRESS = 61;
const PAGES = ["deploying", "operating", "secrets", "tls", "backups", "from-ansible"] as const;
type Page = (typeof PAGES)[number];

/** Commands that are run with other files and names than the page's, which nobody has, and the test that does. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "test/deployment-ssh.test.ts": [
    "./hublet plan --host ada@lab.example.org --config lab/hublet.yaml",
    "./hublet apply --yes --host ada@lab.example.org --config lab/hublet.yaml",
    "./hublet plan --config lab/hublet.yaml",
    "./hublet apply --config lab/hublet.yaml",
  ],
  "test/deployment.test.ts": ["./hublet upgrade --yes", "./hublet rollback --yes", "./hublet rollback --dry-run"],
  "test/deployment-backup.test.ts": [
    "./hublet backup show latest ada:work",
    "./hublet restore latest --file ada:work/paper.ipynb",
    "./hublet restore 20300102 --file ada:work/paper.ipynb --to paper.ipynb",
    "./hublet restore latest --user ada",
    "./hublet restore latest --database",
    "./hublet restore latest --all --from /srv/backups/hublet --identity /root/key",
    "./hublet apply",
  ],
  "src/cli/commands/secrets.test.ts": [
    "./hublet secrets init --name ada",
    "./hublet secrets init --name ada --config lab/hublet.yaml",
    "./hublet secrets set github-client-secret",
    "./hublet secrets set backup-ssh-key --stdin < backup-key",
    "./hublet secrets import jupyterhub-secrets.yml --dry-run",
    "./hublet secrets import jupyterhub-secrets.yml --as github-client-secret=github_client_secret",
    "./hublet secrets import ~/.ansible/jupyterhub-secrets.yml --config lab/hublet.yaml",
  ],
  "src/cli/commands/tls.test.ts": [
    "./hublet tls import lab.example.org.gz --write",
    "./hublet tls import lab.example.org.gz --write --config lab/hublet.yaml",
    "./hublet tls import /etc/letsencrypt/live/lab.example.org/fullchain.pem /etc/letsencrypt/live/lab.example.org/privkey.pem",
    "./hublet tls selfsigned --name lab.example.org --write",
  ],
  "src/deploy/backup/store/stores.test.ts": ["ssh-keyscan store.example.org > /etc/hublet/known_hosts"],
};

describe("the manual, read from top to bottom on a booted host", { timeout: 900_000 }, () => {
  let guest: Guest;
  let lab: Lab;
  const manuals = new Map(PAGES.map((page) => [page, new Manual(`docs/${page}.md`)]));
  const line = (page: Page, text: string): Promise<string> => {
    const manual = manuals.get(page);
    assert.ok(manual !== undefined);
    return lab.line(manual.line(text));
  };

  before(async () => {
    guest = await bootGuest("manual", ADDRESS, { [PROGRAM_ROOT]: PROGRAM, "/var/cache/hublet": "/var/cache/hublet" });
    lab = new Lab(guest);
  });
  after(() => guest?.down());

  test("a hub is put on this host, and a second apply finds nothing to do", async () => {
    assert.match(await line("deploying", "./hublet init --yes"), /Wrote \/etc\/hublet\/hublet\.yaml/);
    await lab.configure(
      `name: The lab\nlisten: "*:443"\npublicUrl: https://${guest.address}\nbackup: {to: /srv/backups/hublet, at: "03:30"}\n`,
    );
    await line("deploying", "./hublet secrets init --name root");
    await line("deploying", "./hublet tls selfsigned --write");
    assert.match(await line("deploying", "./hublet plan"), /hublet-hub\.container/);
    assert.match(await line("deploying", "./hublet apply --yes"), /https:\/\/10\.213\.77\.61/);
    assert.match(await line("deploying", "./hublet status"), /running/i);
    assert.match(await line("deploying", "./hublet user add ada"), /https:\/\/10\.213\.77\.61\//);
    assert.match(await line("deploying", "./hublet apply --yes"), /Nothing to do/);
  });

  test("it is rendered for those who apply it themselves", async () => {
    assert.match(await line("deploying", "./hublet render quadlet"), /\[Container\]/);
    assert.match(await line("deploying", "./hublet render compose"), /^services:/m);
    assert.match(await line("deploying", "./hublet render kube"), /^kind: Deployment|^kind: StatefulSet|^kind: Pod/m);
    assert.match(
      await line("tls", "./hublet render nginx --certificate /etc/ssl/lab.crt --key /etc/ssl/lab.key"),
      /proxy_pass/,
    );
  });

  test("it is looked at", async () => {
    assert.match(await line("operating", "./hublet status"), /running/i);
    assert.match(await line("operating", "./hublet logs"), /hub/);
    assert.ok((await line("operating", "./hublet logs hub --lines 20")).trim().split("\n").length <= 20);
    assert.match(await line("operating", "./hublet shell -- podman ps"), /hublet-hub/);
    const units = await line("operating", "./hublet shell -- systemctl --user list-units 'hublet-*'");
    assert.match(units, /hublet-proxy\.service +loaded active/);
    assert.match(await line("operating", "./hublet upgrade --dry-run"), /Nothing to do/);
    assert.match(await line("operating", "./hublet generations"), /1 \(now\)/);
    assert.match(await line("tls", "./hublet tls show"), /10\.213\.77\.61/);
  });

  test("doctor says something of every check, in depth too", async () => {
    for (const text of ["./hublet doctor", "./hublet doctor --deep"]) {
      const command = manuals.get("operating")?.line(text) ?? "";
      // A guest without every controller has faults, which is code 1.
      const { code, stdout, stderr } = await guest.run(["sh", "-euc", `cd ${PROGRAM} && ${command} --json`]);
      assert.ok(code === 0 || code === 1, stderr);
      assert.ok(JSON.stringify(JSON.parse(stdout)).length > 1000, stdout);
    }
  });

  test("secrets are made, shared and renewed, and none is shown", async () => {
    const made = await line("secrets", "./hublet secrets set db-password --random");
    const listed = await line("secrets", "./hublet secrets list");
    assert.match(listed, /db-password/);
    await line(
      "secrets",
      "./hublet secrets share grace age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq",
    );
    assert.match(await line("secrets", "./hublet secrets share"), /grace/);
    await line("secrets", "./hublet secrets unshare grace");
    await line("secrets", "./hublet secrets rotate");
    await line("secrets", "./hublet secrets rotate db-password --random");
    const value = await lab.must(["secrets", "show", "db-password", "--reveal"]);
    assert.ok(!(made + listed).includes(value.trim()));
  });

  test("backups are made, looked at and pruned", async () => {
    await line("backups", "./hublet backup create");
    assert.match(await line("backups", "./hublet backup list"), /whole/);
    assert.match(await line("backups", "./hublet backup show latest"), /database/i);
    assert.match(await line("backups", "./hublet backup check --read-data"), /as it was written/);
    const inShell = (text: string): Promise<string> =>
      lab.line(`./hublet shell -- ${manuals.get("backups")?.line(text) ?? ""}`);
    assert.match(await inShell("systemctl --user list-timers"), /hublet-backup\.timer/);
    await inShell("systemctl --user start hublet-backup.service");
    assert.match(await lab.must(["logs", "backup"]), /The backup /);
    await line("backups", "./hublet backup prune --dry-run");
    await line("backups", "./hublet backup prune");
  });

  test("it is taken away", async () => {
    await line("deploying", "./hublet uninstall --yes");
    assert.equal((await guest.run(["getent", "passwd", "hublet"])).code, 2);
  });

  test("every other command of these pages has a test of its own", () => {
    const left = [...manuals.values()].flatMap((manual) => manual.left);
    const known = Object.values(ELSEWHERE).flat();
    assert.deepEqual([...new Set(left)].toSorted(), known.toSorted());
  });
});
