/** A valid configuration that says something of every part of the schema, and systematic mistakes in it. */
import { parseDocument, visit } from "yaml";

/** What the configuration's other files hold. */
export const RICH_FILES: Readonly<Record<string, string>> = {
  "users.toml": '[[users]]\nname = "ada"\nrole = "admin"\n\n[[users]]\nname = "grace"\nrole = "user"\n',
  passwd: "root:x:0:0:root:/root:/bin/bash\njupyter-anna-maria:x:1001:1001::/home/x:/bin/bash\n",
  "conf.d/10-banner.yaml": "banner:\n  text: Maintenance on Friday\n  level: warning\n",
  "secrets/github": "one\n",
  "secrets/google": "two\n",
  "secrets/door": "three\n",
};

export const RICH_CONFIG = `include: conf.d
name: Rich lab
listen: 127.0.0.1:8000
publicUrl: http://127.0.0.1:8000
trustedProxies:
  - 10.0.0.0/8
engine: process
engineSocket: /run/docker.sock
allowManyOnProcess: true
database: sqlite
logLevel: info
server:
  image: quay.io/jupyter/minimal-notebook:latest
  protocol: jupyterhub
  command: [start, --port]
  defaultUrl: /lab
  environment:
    COURSE: physics
  memory: 2G
  cpus: 1.5
  pids: 512
  readOnlyRoot: auto
  home: /home/jovyan
  port: 8888
  startTimeout: 90s
  stopGrace: 5s
  maximumServers: 3
  idleTimeout: 2h
  maximumAge: off
  sharing: false
  mounts:
    - source: /srv/data
      target: /data
      readOnly: true
      optional: true
    - source: shared-volume
      target: /shared/{username}
profiles:
  - name: gpu
    title: With a GPU
    description: One at a time
    everyone: false
    image: example.org/gpu:1
    protocol: http
    command: [serve]
    defaultUrl: /app
    environment:
      DEVICE: "0"
    memory: 8G
    cpus: 4
    pids: 100
    readOnlyRoot: true
people:
  names: [linus]
  admins: [ada]
  usersFile: users.toml
  hostAccounts:
    prefix: jupyter-
groups:
  staff:
    description: The staff
    priority: 10
    members:
      names: [grace]
      github: [my-lab, my-lab:staff]
      oidc:
        google: [staff]
      header: [staff]
      everyone: false
    admin: false
    profiles: [gpu]
    images: [example.org/extra:1]
    environment:
      LEVEL: "2"
    memory: 16G
    cpus: 8
    pids: 4096
    maximumServers: 10
    idleTimeout: 8h
    maximumAge: 7d
    sharing: true
    mounts:
      - source: /srv/staff
        target: /staff
signIn:
  passwords: true
  minimumPasswordLength: 12
  sessionDays: 7
  claimHours: 24
  firstUse: open
  signUp: approval
  secondFactor: optional
  refresh: 5m
  github:
    title: GitHub
    url: https://github.example.org
    apiUrl: https://github.example.org/api/v3
    clientId: abc
    clientSecret:
      secret: github
    callbackUrl: https://hub.example.org/hub/oauth_callback
    allow:
      everyone: false
      users: [octocat, "id:5"]
      organizations: [my-lab]
    admins:
      users: [octocat]
      organizations: [my-lab:admins]
  oidc:
    google:
      preset: google
      title: Google
      issuer: https://accounts.google.com
      clientId: def
      clientSecret:
        secret: google
      scopes: [openid, email]
      usernameClaim: email
      groupsClaim: groups
      callbackUrl: https://hub.example.org/hub/oauth_callback
      allow:
        everyone: false
        users: [ada@example.org]
        groups: [members]
        domains: [example.org]
      admins:
        users: [ada@example.org]
        groups: [admins]
  header:
    title: Campus
    user: X-Remote-User
    groups: X-Remote-Groups
    from: [127.0.0.1]
    allow:
      everyone: false
      users: [ada]
      groups: [members]
    admins:
      users: [ada]
      groups: [admins]
  dummy:
    password:
      secret: door
    allowAnywhere: false
`;

/** One wrong configuration. */
export interface Mutation {
  readonly title: string;
  /** Bytes of the main file. */
  readonly text: string | Buffer;
  /** Other files that are wrong instead. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Key {
  readonly path: string;
  readonly line: number;
  readonly indent: string;
}

/** Mistakes made systematically, always the same ones. */
export function mutations(): readonly Mutation[] {
  const lines = RICH_CONFIG.split("\n");
  return [
    ...keysOf(RICH_CONFIG).flatMap((key) => ofKey(key, lines)),
    ...ofValues(),
    ...ofReferences(),
    ...ofForm(),
    ...ofOtherFiles(),
  ];
}

/** Keys whose names anybody may choose. */
const FREE = /(environment|oidc|groups)\.[^.]+$/;

function ofKey({ path, line, indent }: Key, lines: readonly string[]): Mutation[] {
  const text = lines[line] ?? "";
  const [, dash = "", name = "", rest = ""] = /^\s*(- )?([^:]+):(.*)$/.exec(text) ?? [];
  const at = (replacement: string): string => lines.with(line, replacement).join("\n");
  const misspelt = `${name.slice(0, -1)}${name.at(-1) === "x" ? "y" : "x"}${name.at(-1)}`;
  const isFree = FREE.test(path);
  return [
    { title: `${path} twice`, text: at(`${text}\n${indent}${dash.replace("-", " ")}${name}: 1`) },
    ...(isFree ? [] : [{ title: `${path} misspelt`, text: at(`${indent}${dash}${misspelt}:${rest}`) }]),
    ...(isFree ? [] : [{ title: `${path} of a wrong type`, text: wrongType(path) }]),
  ];
}

/** A list of lists of maps is no value anywhere. */
function wrongType(path: string): string {
  const document = parseDocument(RICH_CONFIG);
  document.setIn(
    path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
    [[{ wrong: true }]],
  );
  return document.toString();
}

const BAD_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  name: ["", "x".repeat(81)],
  listen: ["8000", "localhost", "127.0.0.1:123456", "0.0.0.0:8000"],
  publicUrl: ["ftp://x", "hub", "https://hub.example.org"],
  "trustedProxies.0": ["10.0.0.0/99", "proxy"],
  engine: ["kubernetes", "prodman"],
  engineSocket: ["docker.sock"],
  allowManyOnProcess: ["yes"],
  database: ["mysql://x", "postgres"],
  logLevel: ["loud"],
  "server.memory": ["2X", "-1", -5, "lots"],
  "server.cpus": [0, -1, "two"],
  "server.pids": [0, 1.5],
  "server.readOnlyRoot": ["maybe"],
  "server.protocol": ["https"],
  "server.command": [[]],
  "server.defaultUrl": ["lab"],
  "server.home": ["home"],
  "server.port": [0, 65_536, "http"],
  "server.startTimeout": ["1y", 0],
  "server.maximumServers": [0, 1001],
  "server.idleTimeout": ["never", true],
  "server.mounts.0.source": ["./data", "a/b", "/a/../b", ""],
  "server.mounts.0.target": ["data", "/proc/x", "/sys", "/dev/shm", "/", "/home/jovyan/", "/a/../b", "/run/hublet"],
  "server.mounts.1.target": ["/data/"],
  "profiles.0.name": ["GPU", "", "a b"],
  "profiles.0.title": [""],
  "people.names.0": ["a/b", " ada", "", "\u200b"],
  "people.admins.0": [".."],
  "people.usersFile": ["nowhere.toml", ""],
  "people.hostAccounts.prefix": ["Jupyter", "9"],
  "groups.staff.priority": [1001, "high"],
  "groups.staff.members.names.0": ["a/b"],
  "groups.staff.members.github.0": ["-x", "a:b:c", ""],
  "groups.staff.profiles.0": ["cpu"],
  "groups.staff.maximumServers": [0],
  "groups.staff.mounts.0.target": ["staff"],
  "signIn.minimumPasswordLength": [7, 129],
  "signIn.sessionDays": [0],
  "signIn.firstUse": ["opne"],
  "signIn.signUp": ["on"],
  "signIn.secondFactor": ["always"],
  "signIn.refresh": ["often"],
  "signIn.github.url": ["github.com"],
  "signIn.github.clientSecret": ["hunter2"],
  "signIn.github.clientSecret.secret": ["../../etc/shadow", "nowhere", "hub.key", ""],
  "signIn.github.allow.users.0": ["a b", "id:x"],
  "signIn.oidc.google.preset": ["gogle"],
  "signIn.oidc.google.issuer": ["accounts.google.com"],
  "signIn.oidc.google.clientId": [""],
  "signIn.header.user": ["X Remote", ""],
  "signIn.header.from": [[], ["everywhere"]],
  "signIn.dummy.password.secret": ["nowhere"],
};

function ofValues(): Mutation[] {
  return Object.entries(BAD_VALUES).flatMap(([path, values]) =>
    values.map((value) => {
      const document = parseDocument(RICH_CONFIG);
      document.setIn(
        path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
        value,
      );
      return { title: `${path} is ${JSON.stringify(value).slice(0, 40)}`, text: document.toString() };
    }),
  );
}

function ofReferences(): Mutation[] {
  const without = (title: string, ...path: string[]): Mutation => {
    const document = parseDocument(RICH_CONFIG);
    document.deleteIn(path);
    return { title, text: document.toString() };
  };
  return [
    without("a group of GitHub's without GitHub", "signIn", "github"),
    without("a group of a provider that is gone", "signIn", "oidc", "google"),
    without("a group of a header that is gone", "signIn", "header"),
    without("a group with a profile that is gone", "profiles"),
    without("a provider without a client id", "signIn", "oidc", "google", "clientId"),
    without("GitHub without a client id", "signIn", "github", "clientId"),
    without("GitHub without a client secret", "signIn", "github", "clientSecret"),
    without("a header from anywhere", "signIn", "header", "from"),
    { title: "first use without passwords", text: RICH_CONFIG.replace("passwords: true", "passwords: false") },
    {
      title: "an issuer that no preset has",
      text: RICH_CONFIG.replace("preset: google", "preset: keycloak").replace(/ {6}issuer: .*\n/, ""),
    },
    { title: "a group's name with a slash", text: RICH_CONFIG.replace("  staff:\n", "  a/b:\n") },
    {
      title: "a provider with a reserved name",
      text: RICH_CONFIG.replace("    google:\n      preset", "    header:\n      preset"),
    },
    { title: "an environment variable with a space", text: RICH_CONFIG.replace("COURSE:", "MY COURSE:") },
    { title: "an included folder that is not there", text: RICH_CONFIG.replace("include: conf.d", "include: conf.e") },
    { title: "a certificate that is not there", text: `${RICH_CONFIG}tls: {certificate: a.pem, key: b.pem}\n` },
    { title: "a certificate that is none", text: `${RICH_CONFIG}tls: {certificate: users.toml, key: users.toml}\n` },
    { title: "a banner that is said already", text: `${RICH_CONFIG}banner: {text: Another}\n` },
  ];
}

function ofForm(): Mutation[] {
  const mib = 1024 * 1024;
  const laughs = Array.from(
    { length: 20 },
    (_, level) => `x${level}: &x${level} [${level === 0 ? "1" : `*x${level - 1}, *x${level - 1}`}]`,
  );
  const tabbed = RICH_CONFIG.split("\n").flatMap((line, index, lines) =>
    index % 10 === 2 && line.startsWith("  ") ? [lines.with(index, line.replace(/^ +/, "\t")).join("\n")] : [],
  );
  // Cut inside of a word: what is cut between two lines may well be a configuration.
  const cut = [0.11, 0.23, 0.37, 0.51, 0.64, 0.83].map((part) => {
    const end = RICH_CONFIG.indexOf(":", Math.floor(RICH_CONFIG.length * part));
    return RICH_CONFIG.slice(0, end - 1);
  });
  return [
    ...tabbed.map((text, index) => ({ title: `a tab, ${index}`, text })),
    ...cut.map((text, index) => ({ title: `cut, ${index}`, text })),
    { title: "empty", text: "" },
    { title: "a list", text: "- name: x\n" },
    { title: "a sentence", text: "Dear hub, please let everybody in.\n" },
    { title: "a number", text: "5\n" },
    { title: "two documents", text: `${RICH_CONFIG}---\nname: x\n` },
    { title: "an alias that is not there", text: "name: *nobody\n" },
    { title: "an alias to itself", text: "groups: &g\n  staff: *g\n" },
    { title: "aliases of aliases", text: `${laughs.join("\n")}\n` },
    { title: "a tag", text: "name: !!js/function x\n" },
    { title: "an unknown tag", text: "name: !secret x\n" },
    { title: "an unclosed quote", text: 'name: "x\n' },
    { title: "an unclosed bracket", text: "trustedProxies: [1.2.3.4\n" },
    { title: "a map as a key", text: "{a: b}: c\n" },
    { title: "__proto__", text: "__proto__: {admin: true}\n" },
    { title: "NUL", text: `name: a\0b\n` },
    { title: "an escape character", text: `name: a\u001b[2Jb\n` },
    { title: "UTF-16", text: Buffer.from(RICH_CONFIG, "utf16le") },
    { title: "Latin-1", text: Buffer.from("name: Universit\u00e4t\n", "latin1") },
    { title: "binary", text: Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 197 + 13) % 256)) },
    { title: "larger than 768 KiB", text: `${RICH_CONFIG}${"# x\n".repeat((mib * 3) / 16)}` },
    { title: "as much garbage as is read", text: `${"- ".repeat(30)}a\n`.repeat(4200) },
    { title: "as many questions as are read", text: `${"? ".repeat(30)}a\n`.repeat(4200) },
    { title: "a long line", text: `name: ${"x".repeat(mib / 2)}\n` },
    { title: "brackets without end", text: "[\n".repeat(100_000) },
    { title: "too many lines", text: "#\n".repeat(60_000) },
    { title: "maps in maps", text: Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n") },
    { title: "36,000 unknown keys", text: Array.from({ length: 36_000 }, (_, index) => `k${index}:`).join("\n") },
    { title: "49,000 times the same key", text: "a:\n".repeat(49_000) },
    { title: "49,000 quotes", text: "'\n".repeat(49_000) },
  ];
}

function ofOtherFiles(): Mutation[] {
  const users = (text: string): Readonly<Record<string, string>> => ({ "users.toml": text });
  const entry = (fields: string): string => `[[users]]\n${fields}\n`;
  const files: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["users: a role", users(entry('name = "ada"\nrole = "admni"'))],
    ["users: no role", users(entry('name = "ada"'))],
    ["users: no name", users(entry('role = "user"'))],
    ["users: an unknown key", users(entry('name = "ada"\nrole = "user"\nadmin = true'))],
    ["users: an unknown table", users(`${entry('name = "ada"\nrole = "user"')}[groups]\na = 1\n`)],
    ["users: a name that is none", users(entry('name = "a/b"\nrole = "user"'))],
    ["users: twice the same", users(entry('name = "ada"\nrole = "user"') + entry('name = "ADA"\nrole = "user"'))],
    ["users: no TOML", users("[[users]\nname = ada\n")],
    ["users: cut", users('[[users]]\nname = "ad')],
    ["users: empty", users("")],
    ["users: a number", users("users = 5\n")],
    ["users: a list of texts", users('users = ["ada"]\n')],
    ["users: NUL", users('[[users]]\nname = "a\0"\nrole = "user"\n')],
    ["included: an unknown key", { "conf.d/10-banner.yaml": "baner: {text: x}\n" }],
    ["included: no YAML", { "conf.d/10-banner.yaml": "banner: {text: x\n" }],
    ["included: includes", { "conf.d/10-banner.yaml": "include: more\n" }],
    ["included: said already", { "conf.d/20-more.yaml": "name: Again\n" }],
    ["included: another kind", { "conf.d/20-more.yaml": "groups: [staff]\n" }],
    ["included: a wrong group", { "conf.d/20-more.yaml": "groups: {guests: {profiles: [none]}}\n" }],
    ["secret: empty", { "secrets/github": "" }],
  ];
  return files.map(([title, changed]) => ({ title, text: RICH_CONFIG, files: changed }));
}

/** Every key that is written on a line of its own, with its path. */
function keysOf(text: string): readonly Key[] {
  const keys: Key[] = [];
  const starts = [...text.matchAll(/^/gm)].map((match) => match.index);
  visit(parseDocument(text), {
    Pair: (_index, pair, ancestors) => {
      const { key } = pair as { key?: { value?: unknown; range?: readonly number[] } };
      const offset = key?.range?.[0] ?? 0;
      const line = starts.findLastIndex((start) => start <= offset);
      const path = [
        ...ancestors.flatMap((node, index) => stepOf(node, ancestors[index + 1] ?? pair)),
        String(key?.value),
      ];
      const indent = /^ */.exec(text.slice(starts[line] ?? 0))?.[0] ?? "";
      keys.push({ path: path.join("."), line, indent });
    },
  });
  return keys;
}

/** The step from a node to the next of its ancestors' line. */
function stepOf(node: unknown, next: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  if ("key" in node) return [String((node.key as { value?: unknown }).value)];
  if (!("items" in node) || !Array.isArray(node.items)) return [];
  const index = node.items.indexOf(next);
  const isPair = typeof next === "object" && next !== null && "key" in next;
  return index === -1 || isPair ? [] : [String(index)];
}
