/**
 * A deployment with every kind of secret, looked through afterwards: none of them lies in the clear in any file, unit, log,
 * process list, generation or backup of the host, but for Podman's own copies, which it mounts into its containers.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { bootGuest, type Guest } from "./support/guest.ts";
import { Lab, PROGRAM } from "./support/lab.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";

const ADDRESS = 60;
const CLIENT_SECRET = "made-up-client-secret-of-github-6f1d";
const API_KEY = "made-up-key-of-some-service-b81c2e";
const CONFIGURATION = `name: The lab
listen: "*:443"
publicUrl: https://10.213.77.${ADDRESS}
tls: {certificate: tls/10.213.77.${ADDRESS}.crt, key: {secret: tls-key}, hsts: false, redirectFrom: 80}
signIn:
  github: {clientId: lab, clientSecret: {secret: github-client-secret}}
people: {names: [ada]}
server: {image: "localhost/hublet-test/none:1"}
backup: {to: /srv/backups, at: "03:30"}
`;
/** Those that “apply” makes on the host. */
const KEYS = ["hub.key", "gate.key", "proxy.token", "cli.token", "vault.key"];
/** Where Podman keeps secrets, and where each container has those that it mounts. */
const PODMAN =
  /^\/var\/lib\/hublet\/\.local\/share\/containers\/storage\/(secrets\/filedriver\/secretsdata\.json|overlay-containers\/[0-9a-f]{64}\/userdata\/secrets\/hublet-[a-z.]+)$/;

/** Files with any of the patterns that come by standard input. The program, which is mounted read-only, holds none. */
const SEARCH = `
cat > /run/patterns
grep -rlaF -f /run/patterns -D skip --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev /boot /etc /home /media /mnt /root /run/hublet* /run/systemd /run/user /srv /tmp /usr/local /var 2>/dev/null || :
for process in /proc/[0-9]*; do
  [ "$process" = "/proc/$$" ] || grep -laF -f /run/patterns "$process/cmdline" "$process/environ" 2>/dev/null || :
done
journalctl --quiet --no-pager --output=export | grep -aF -f /run/patterns | sed 's/^/journal: /' || :
rm /run/patterns
`;

describe("secrets of a deployment", { timeout: 400_000 }, () => {
  let guest: Guest;
  let lab: Lab;
  const secrets = new Map<string, string>();
  let said = "";

  before(async () => {
    guest = await bootGuest("secrets", ADDRESS, { [PROGRAM_ROOT]: PROGRAM });
    lab = new Lab(guest);
    await lab.configure(CONFIGURATION);
    await lab.must(["secrets", "init", "--name", "root"]);
    await lab.must(["tls", "selfsigned"]);
    await lab.must(["secrets", "set", "github-client-secret", "--stdin"], { input: CLIENT_SECRET });
    await lab.must(["secrets", "set", "api-key", "--stdin"], { input: API_KEY });
    said += await everything(["plan"]);
    said += await everything(["apply", "--yes"]);
    said += await everything(["secrets", "list"]);
    said += await everything(["apply", "--yes", "--json"]);
    said += await everything(["backup", "create"]);
    secrets.set("github-client-secret", CLIENT_SECRET).set("api-key", API_KEY);
    const pem = await lab.must(["secrets", "show", "tls-key", "--reveal"]);
    // A line of it: the whole stands nowhere in one piece when it is quoted in JSON.
    secrets.set("tls-key", longestLine(pem));
    for (const name of KEYS) {
      const text = await lab.must([
        "shell",
        "--",
        "podman",
        "secret",
        "inspect",
        "--showsecret",
        "--format",
        "{{.SecretData}}",
        `hublet-${name}`,
      ]);
      secrets.set(name, longestLine(text));
    }
  });
  after(() => guest?.down());

  async function everything(words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await lab.hublet(words);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    return stdout + stderr;
  }

  /** What has any of these texts, as it is or as Podman and JSON encode it. */
  async function places(texts: Iterable<string>): Promise<readonly string[]> {
    const patterns = [...texts].flatMap((text) => [
      text,
      Buffer.from(text)
        .toString("base64")
        .replace(/.{0,4}=*$/, ""),
    ]);
    const found = await guest.sh(SEARCH, { input: `${patterns.join("\n")}\n`, timeout: 200_000 });
    return found.split("\n").filter((line) => line !== "");
  }

  test("the search finds what is there: in a file, a process and the journal", async () => {
    const word = "a-word-that-is-no-secret-93a1";
    await guest.sh(
      `printf %s ${word} | base64 > /srv/planted; logger ${word}; systemd-run --quiet --unit=planted env WORD=${word} sleep 300; journalctl --sync`,
    );
    const found = await places([word]);
    assert.ok(found.includes("/srv/planted"), found.join("\n"));
    assert.ok(
      found.some((line) => /^\/proc\/\d+\/environ$/.test(line)),
      found.join("\n"),
    );
    assert.ok(
      found.some((line) => line.startsWith("journal: ")),
      found.join("\n"),
    );
    await guest.sh("rm /srv/planted; systemctl stop planted");
  });

  test("no secret lies in the clear but in Podman's own copies", async () => {
    assert.equal(secrets.size, 8);
    for (const [name, text] of secrets) assert.ok(text.length >= 30, name);
    const found = await places(secrets.values());
    assert.deepEqual(
      found.filter((line) => !PODMAN.test(line)),
      [],
    );
    // Podman's copies are seen: the search looks there, too.
    assert.ok(found.length >= 3, found.join("\n"));
    assert.match(
      await guest.sh("ls /srv/backups; ls /var/lib/hublet-deploy/hublet/generations"),
      /key\.json[\s\S]*^1$/m,
    );
  });

  test("the vault's own values are in no copy at all, and no command said any", async () => {
    const own = ["github-client-secret", "api-key", "tls-key"].map((name) => secrets.get(name) ?? "");
    assert.deepEqual(await places(own), []);
    for (const [name, text] of secrets) assert.ok(!said.includes(text), name);
  });
});

function longestLine(text: string): string {
  return (
    text
      .trim()
      .split("\n")
      .toSorted((a, b) => b.length - a.length)[0] ?? ""
  );
}
