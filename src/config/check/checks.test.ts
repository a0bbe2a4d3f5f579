import assert from "node:assert/strict";
import { test } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { snapshotFromText } from "../index.ts";

function problemsOf(text: string, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    snapshotFromText(text, { environment });
    return [];
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return error.message.split("\n").slice(1);
  }
}

for (const [what, text, pattern] of [
  [
    "one home for all",
    "server: {homes: {folder: /srv/homes}}",
    /1:26: server\.homes\.folder: everybody would have the same home/,
  ],
  [
    "homes among those of the host's accounts",
    "server: {homes: {folder: '/home//{username}/x'}}",
    /server\.homes\.folder: other folders of the host are there/,
  ],
  [
    "homes of accounts that nobody has",
    "server: {homes: {folder: '/home/{account}'}}",
    /1:26: server\.homes\.folder: \{account\} is .*people\.hostAccounts is not set/,
  ],
  [
    "host accounts that nobody has",
    "server: {runAs: host}",
    /1:17: server\.runAs: host is each person's account on this host, and people\.hostAccounts is not set/,
  ],
  [
    "numbers of the host on rootless Podman",
    "server: {runAs: host}\npeople: {hostAccounts: {}}\nengine: podman",
    /server\.runAs: numbers of the host do not exist in containers of rootless Podman/,
  ],
  [
    "the same where it is deployed",
    "server: {runAs: host}\npeople: {hostAccounts: {}}\ndeploy: {}",
    /server\.runAs: .*deploy\.engine: docker/,
  ],
  ["numbers of processes", "server: {runAs: own}\nengine: process", /server\.runAs: local processes all run as/],
  [
    "numbers with homes of accounts",
    "server: {runAs: own, homes: {folder: '/home/{account}'}}\npeople: {hostAccounts: {}}",
    /server\.runAs: own are other numbers than those of accounts/,
  ],
  ["a skeleton that leads elsewhere", "server: {skeleton: /srv/../etc}", /server\.skeleton: must have no/],
  [
    "a GitHub group",
    "groups: {a: {members: {github: [org]}}}",
    /1:32: groups\.a\.members\.github: .*signIn\.github is not configured/,
  ],
  ["a header group", "groups: {a: {members: {header: [x]}}}", /signIn\.header is not configured/],
  [
    "an unknown method",
    "groups: {a: {members: {oidc: {gogle: [x]}}}}\nsignIn: {oidc: {google: {preset: google, clientId: x}}}",
    /did you mean “google”\?/,
  ],
  [
    "an unknown profile",
    "groups: {a: {profiles: [gpuu]}}\nprofiles: [{name: gpu, title: G}]",
    /1:25: groups\.a\.profiles\.0: there is no profile “gpuu”; did you mean “gpu”\?/,
  ],
  [
    "a profile twice",
    "profiles: [{name: a, title: A}, {name: a, title: B}]",
    /1:40: profiles\.1\.name: there is another profile/,
  ],
  ["a name", "people: {names: [ok, a/b]}", /1:22: people\.names\.1: “a\/b” cannot be a user name/],
  [
    "first use without passwords",
    "signIn: {passwords: false, firstUse: open, dummy: {}}",
    /signIn\.firstUse: needs passwords/,
  ],
  [
    "second factor without passwords",
    "signIn: {passwords: false, secondFactor: everyone, dummy: {}}",
    /signIn\.secondFactor: needs passwords/,
  ],
  ["no way in at all", "signIn: {passwords: false}", /nobody could sign in/],
  [
    "a dummy on the network",
    "listen: 0.0.0.0:80\nsignIn: {dummy: {}}",
    /2:17: signIn\.dummy: anybody could sign in .*0\.0\.0\.0:80/,
  ],
  [
    "a dummy behind a proxy",
    "publicUrl: https://hub.example.org\nsignIn: {dummy: {}}",
    /signIn\.dummy: .*https:\/\/hub\.example\.org/,
  ],
  [
    "no issuer",
    "signIn: {oidc: {kc: {preset: keycloak, clientId: x}}}",
    /signIn\.oidc\.kc: the issuer is missing; write issuer: https:\/\/HOST\/realms\/REALM/,
  ],
  [
    "a missing secret",
    "signIn: {dummy: {password: {secret: door}}}",
    /1:28: signIn\.dummy\.password: the secret door is missing; set it with “hublet secrets set door”/,
  ],
  ["a secret written down", "signIn: {github: {clientId: x, clientSecret: hunter2}}", /must be \{secret: NAME\}/],
  ["a mount of the whole host", "server: {mounts: [{source: /run//, target: /a}]}", /must not be the whole of \/run/],
  ["a mount of the kernel", "server: {mounts: [{source: /proc/1, target: /a}]}", /must not be inside \/proc/],
  [
    "an engine in a server",
    "groups: {a: {mounts: [{source: /run/podman/podman.sock, target: /a}]}}",
    /must not be a socket/,
  ],
  [
    "a source for each person",
    "server: {mounts: [{source: '/data/{username}', target: /a}]}",
    /\{username\} is replaced in targets only/,
  ],
  [
    "a mount at the home folder",
    "server: {mounts: [{source: /a, target: /home/jovyan}]}",
    /the person's own volume is there/,
  ],
  ["a mount on kernel files", "server: {mounts: [{source: /a, target: /proc/self}]}", /must not be inside \/proc/],
  [
    "a relative mount",
    "server: {mounts: [{source: ./a, target: /a}]}",
    /must be an absolute path, or the name of a volume/,
  ],
  ["a reserved secret", "signIn: {dummy: {password: {secret: hub.key}}}", /the hub itself uses this name/],
] as const)
  test(`${what} that cannot be is told with its place`, () => {
    const problems = problemsOf(text);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0] ?? "", pattern);
    assert.ok(!(problems[0] ?? "").includes("hunter2"));
  });

test("one mistake hides no other, and is not taken for something missing", () => {
  const problems = problemsOf(
    "server: {memory: lots}\nprofiles: [{name: gpu, titel: GPU}]\ngroups: {a: {profiles: [gpu], members: {github: [org]}}}\nsignIn: {github: {clientSecret: 5}}\npeople: {names: [a/b]}",
  );
  assert.deepEqual(
    problems.map((line) => line.split(": ").slice(0, 2).join(" ")),
    [
      "hublet.yaml:1:18 server.memory",
      "hublet.yaml:2:12 profiles.0.title",
      "hublet.yaml:2:24 profiles.0.titel",
      "hublet.yaml:4:18 signIn.github",
      "hublet.yaml:4:33 signIn.github.clientSecret",
      "hublet.yaml:5:18 people.names.0",
    ],
  );
});

test("GitHub's app may come from the environment, by the names deployments use", () => {
  const text = "signIn: {github: {}}";
  assert.match(problemsOf(text).join("\n"), /client id is missing.*\n.*client secret is missing/);
  const environment = { OAUTH_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "s3cret", OAUTH_CALLBACK_URL: "https://h/cb" };
  const snapshot = snapshotFromText(text, { environment });
  const github = snapshot.config.signIn.github;
  assert.ok(github?.clientSecret !== undefined);
  assert.deepEqual([github.clientId, github.callbackUrl], ["id", "https://h/cb"]);
  assert.equal(snapshot.secret(github.clientSecret).reveal(), "s3cret");
});

test("what is unsafe and allowed is a warning", () => {
  const { warnings } = snapshotFromText(
    "listen: 0.0.0.0:80\nsignIn: {dummy: {allowAnywhere: true}}\ngroups: {all: {admin: true, members: {everyone: true}}}",
  );
  for (const pattern of [/without TLS/, /any name/, /Everybody is an admin/])
    assert.ok(
      warnings.some((warning) => pattern.test(warning)),
      `${pattern}: ${warnings.join("; ")}`,
    );
});

test("names that two ways of signing in could know are a warning that says what to do", () => {
  const warned = (people: string, signIn: string): string | undefined =>
    snapshotFromText(`people: {${people}}\nsignIn: {${signIn}}`, {
      environment: { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "s3cret" },
    }).warnings.find((warning) => warning.includes("the same name may be different people"));
  const uni = "oidc: {uni: {issuer: https://i.example, clientId: id}}";
  const header = "header: {user: X-User, from: [127.0.0.1]}";
  assert.equal(
    warned("names: [ada], admins: [linus]", "github: {allow: {organizations: [lab]}}"),
    "Names in people.names and people.admins let in whoever has them by own passwords and signIn.github, and whoever comes first gets the account: the same name may be different people there. Name people in signIn.github.allow.users instead, or keep one way of signing in (signIn.passwords: false turns own passwords off).",
  );
  assert.match(
    warned("names: [ada]", `passwords: false, github: {}, ${uni}`) ?? "",
    /by signIn\.github and signIn\.oidc\.uni, .*in signIn\.github\.allow\.users or signIn\.oidc\.uni\.allow\.users instead, or keep one way of signing in\.$/,
  );
  assert.match(
    warned("admins: [ada]", `passwords: false, ${uni}, ${header}`) ?? "",
    /signIn\.oidc\.uni and signIn\.header/,
  );
  // One way alone, no names, or names that only this host and its proxy know.
  for (const [people, signIn] of [
    ["names: [ada]", "passwords: false, github: {}"],
    ["names: [ada]", ""],
    ["names: [ada]", header],
    ["", `github: {}, ${uni}`],
    ["hostAccounts: {}", "github: {}"],
  ] as const)
    assert.equal(warned(people, signIn), undefined, `${people} ${signIn}`);
});

test("who is named twice is an admin if either says so", () => {
  const { declared } = snapshotFromText("people: {names: [Ada, grace], admins: [ada]}");
  assert.deepEqual(
    [...declared.values()].map(({ name, admin }) => [name, admin]),
    [
      ["ada", true],
      ["grace", false],
    ],
  );
});

test("a place is that of the value, of a block's key, and none for a default", () => {
  const { placeOf } = snapshotFromText("server:\n  memory: 3G\ngroups:\n  staff:\n    admin: true\n");
  assert.deepEqual(placeOf(["server", "memory"]), { file: "hublet.yaml", line: 2, column: 11 });
  assert.deepEqual(placeOf(["groups", "staff"]), { file: "hublet.yaml", line: 4, column: 3 });
  assert.equal(placeOf(["server", "cpus"]), undefined);
});
