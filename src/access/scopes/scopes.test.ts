import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { DEFAULT_SERVER, HubError, type ServerName, userName } from "../../kernel/index.ts";
import { filterOf, holds as heldBy, type Resource, requireAny as requireOf } from "./check.ts";
import { expand, scopesOfPerson } from "./expand.ts";
import { parseScope } from "./grammar.ts";
import { SCOPE_NAMES } from "./hierarchy.ts";
import { beyond, covers, EMPTY, type GroupsOf, intersect, type ScopeSet, scopeList, unite } from "./scope-set.ts";

const alice = userName("alice");
const bob = userName("bob");
const admin = userName("admin");
const groupsOf: GroupsOf = (user) => (user === alice ? ["g1"] : []);
const asAdmin = scopesOfPerson({ name: admin, admin: true });
const asAlice = scopesOfPerson({ name: alice, admin: false });

/** The functions under test, for a set of scopes alone; nobody is in any group unless the test says so. */
const holds = (scopes: ScopeSet, name: string, resource: Resource = {}, groups: GroupsOf = () => []) =>
  heldBy({ scopes, groupsOf: groups }, name, resource);
const requireAny = (scopes: ScopeSet, names: readonly string[], resource: Resource = {}) =>
  requireOf({ scopes, groupsOf }, names, resource);

function of(...raw: string[]): ScopeSet {
  return expand(raw, { owner: alice, ownerScopes: asAlice, issuer: { user: bob, server: "lab" as ServerName } });
}

describe("grammar", () => {
  for (const wrong of [
    "",
    "nosuch",
    "read:users!",
    "read:users!user=",
    "read:users!group",
    "read:users!planet=x",
    "!user=alice",
    "access:servers!server=alice",
    "access:servers!server=/x",
    "access:servers!server=a/b/c",
    "self!user=alice",
    "inherit!user",
    "READ:USERS",
    "read:users !user=alice",
    "read:users!user=a!group",
    "custom:x",
    "__proto__",
    "constructor",
  ]) {
    test(`“${wrong}” is ${wrong === "read:users!user=a!group" ? "a filter on the user “a!group”" : "refused"}`, () => {
      if (wrong === "read:users!user=a!group") {
        assert.deepEqual(parseScope(wrong), { kind: "filtered", name: "read:users", filter: "user", value: "a!group" });
      } else {
        assert.throws(() => parseScope(wrong), { code: "bad-request" });
      }
    });
  }

  test("filters, self-filters and meta scopes are told apart", () => {
    assert.deepEqual(parseScope("proxy"), { kind: "plain", name: "proxy" });
    assert.deepEqual(parseScope("access:servers!server"), {
      kind: "self-filtered",
      name: "access:servers",
      filter: "server",
    });
    assert.deepEqual(parseScope("access:servers!server=carol@x y/"), {
      kind: "filtered",
      name: "access:servers",
      filter: "server",
      value: "carol@x y/",
    });
    assert.deepEqual(parseScope("inherit"), { kind: "meta", name: "inherit" });
  });
});

describe("expansion", () => {
  const ROWS: Readonly<Record<string, string>> = {
    "admin:users":
      "admin:auth_state users read:users read:users:name read:users:groups read:users:activity list:users users:activity read:roles:users delete:users",
    users: "read:users read:users:name read:users:groups read:users:activity list:users users:activity",
    "list:users": "read:users:name",
    "users:activity": "read:users:activity",
    "admin:servers": "admin:server_state servers read:servers read:users:name start:servers delete:servers",
    servers: "read:servers read:users:name start:servers delete:servers",
    tokens: "read:tokens",
    "admin:groups": "groups read:groups read:groups:name list:groups read:roles:groups delete:groups",
    "admin:services": "list:services read:services read:services:name read:roles:services",
    "read:roles": "read:roles:users read:roles:services read:roles:groups",
    shares: "access:servers read:shares users:shares read:users:shares groups:shares read:groups:shares",
    proxy: "",
  };
  for (const [parent, children] of Object.entries(ROWS)) {
    test(`${parent} includes exactly its children, with the same filter`, () => {
      const names = [parent, ...children.split(" ").filter(Boolean)].sort();
      assert.deepEqual(scopeList(of(parent)), names);
      assert.deepEqual(scopeList(of(`${parent}!user=bob`)), names.map((name) => `${name}!user=bob`).sort());
    });
  }

  test("a plain person holds exactly the fifteen scopes of the contract", () => {
    const names =
      "access:servers delete:servers read:servers read:shares read:tokens read:users read:users:activity read:users:groups read:users:name read:users:shares servers start:servers tokens users:activity users:shares";
    assert.deepEqual(
      scopeList(asAlice),
      names.split(" ").map((name) => `${name}!user=alice`),
    );
  });

  test("an admin holds what JupyterHub's admins hold", () => {
    // Recorded from JupyterHub 6.0.0b2.
    const recorded =
      "access:servers access:services admin-ui admin:auth_state admin:groups admin:server_state admin:servers admin:services admin:users delete:groups delete:servers delete:users groups groups:shares list:groups list:services list:users proxy read:groups read:groups:name read:groups:shares read:hub read:metrics read:roles read:roles:groups read:roles:services read:roles:users read:servers read:services read:services:name read:shares read:tokens read:users read:users:activity read:users:groups read:users:name read:users:shares servers shares shutdown start:servers tokens users users:activity users:shares";
    assert.deepEqual(scopeList(asAdmin), recorded.split(" "));
  });

  test("a server filter leaves out what is said about people", () => {
    assert.equal(of("servers!server=alice/x").has("read:users:name"), false);
    assert.equal(holds(of("servers!server=alice/x"), "read:servers", { user: "alice", server: "x" }), "yes");
  });

  test("servers do not include access to them, nor reading them their inner state", () => {
    assert.equal(of("servers").has("access:servers"), false);
    assert.equal(of("read:servers").has("admin:server_state"), false);
  });

  test("self-filters stand for the owner and the issuing server, and for nothing without one", () => {
    assert.deepEqual(scopeList(of("read:users:name!user", "access:servers!server", "access:services!service")), [
      "access:servers!server=bob/lab",
      "read:users:name!user=alice",
    ]);
    assert.equal(expand(["access:servers!server"], { owner: alice, ownerScopes: EMPTY }).size, 0);
  });
});

describe("intersection", () => {
  const cases: [string, string, string[]][] = [
    ["read:hub", "read:hub", ["read:hub"]],
    ["access:servers", "access:servers!server=a/b", ["access:servers!server=a/b"]],
    ["access:servers!user=alice", "access:servers!server=alice/x", ["access:servers!server=alice/x"]],
    ["access:servers!user=alice", "access:servers!server=bob/x", []],
    ["access:servers!group=g1", "access:servers!user=alice", ["access:servers!user=alice"]],
    ["access:servers!group=g1", "access:servers!server=alice/", ["access:servers!server=alice/"]],
    ["access:servers!group=g1", "access:servers!user=bob", []],
    ["access:servers!group=g1", "access:servers!group=g2", []],
    ["read:hub", "proxy", []],
  ];
  for (const [left, right, expected] of cases) {
    test(`${left} and ${right} have ${expected.join(" ") || "nothing"} in common`, () => {
      assert.deepEqual(scopeList(intersect(of(left), of(right), groupsOf)), expected);
      assert.deepEqual(scopeList(intersect(of(right), of(left), groupsOf)), expected);
    });
  }
});

describe("laws", () => {
  const value = {
    user: fc.constantFrom("alice", "bob"),
    server: fc.constantFrom("alice/", "alice/x", "bob/"),
    group: fc.constantFrom("g1", "g2"),
    service: fc.constantFrom("svc"),
  };
  const filter = fc.oneof(
    fc.constant(""),
    ...Object.entries(value).map(([kind, values]) => values.map((one) => `!${kind}=${one}`)),
  );
  const scope = fc.tuple(fc.constantFrom(...SCOPE_NAMES), filter).map((parts) => parts.join(""));
  const raw = fc.array(fc.oneof({ weight: 20, arbitrary: scope }, fc.constantFrom("self", "inherit")), {
    maxLength: 12,
  });
  const set = raw.map((scopes) => of(...scopes));
  const resource = fc.constantFrom(
    {},
    { user: "alice" },
    { user: "bob" },
    { user: "alice", server: "" },
    { user: "alice", server: "x" },
    { user: "bob", server: "" },
    { group: "g1" },
    { service: "svc" },
  );

  test("what two sets have in common lies inside each of them, in either order", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const common = intersect(a, b, groupsOf);
        assert.ok(covers(a, common, groupsOf) && covers(b, common, groupsOf));
        assert.deepEqual(scopeList(common), scopeList(intersect(b, a, groupsOf)));
      }),
    );
  });

  test("a set has itself in common with itself", () => {
    fc.assert(fc.property(set, (a) => assert.ok(covers(intersect(a, a, groupsOf), a, groupsOf))));
  });

  test("expanding what was expanded changes nothing but what a server filter leaves out", () => {
    fc.assert(
      fc.property(raw, (scopes) => {
        const once = of(...scopes);
        assert.deepEqual(scopeList(of(...scopeList(once))), scopeList(once));
      }),
    );
  });

  test("narrowing takes away and never gives: a check of the narrowed set passes only if both sets pass it", () => {
    fc.assert(
      fc.property(set, set, fc.constantFrom(...SCOPE_NAMES), resource, (a, b, name, on) => {
        const both = holds(a, name, on, groupsOf) === "yes" && holds(b, name, on, groupsOf) === "yes";
        assert.equal(holds(intersect(a, b, groupsOf), name, on, groupsOf) === "yes", both);
      }),
    );
  });

  test("the narrower the one, the narrower what is in common", () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        const wide = unite(a, b);
        assert.ok(covers(intersect(wide, c, groupsOf), intersect(a, c, groupsOf), groupsOf));
      }),
    );
  });

  test("a set covers another exactly when nothing lies beyond it", () => {
    fc.assert(
      fc.property(set, set, (a, b) =>
        assert.ok(covers(unite(a, b), b, groupsOf) && beyond(a, a, groupsOf).length === 0),
      ),
    );
  });

  test("no text makes the parser fail in another way than by saying so", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        try {
          parseScope(text);
        } catch (error) {
          assert.ok(error instanceof HubError && error.code === "bad-request");
        }
      }),
    );
  });
});

describe("checks", () => {
  test("held, held for others, and not held are three answers", () => {
    assert.equal(holds(asAlice, "read:users", { user: "alice" }), "yes");
    assert.equal(holds(asAlice, "read:users", { user: "bob" }), "filtered");
    assert.equal(holds(asAlice, "list:users"), "no");
    assert.equal(holds(asAlice, "read:users"), "filtered");
    assert.equal(holds(asAdmin, "read:users"), "yes");
  });

  test("a person's scope reaches each of their servers, a server's only that one", () => {
    const one = of("access:servers!server=alice/x");
    assert.equal(
      holds(of("access:servers!user=alice"), "access:servers", { user: "alice", server: DEFAULT_SERVER }),
      "yes",
    );
    assert.equal(holds(of("access:servers!user=alice"), "access:servers", { user: "bob", server: "" }), "filtered");
    assert.equal(holds(one, "access:servers", { user: "alice", server: "x" }), "yes");
    assert.equal(holds(one, "access:servers", { user: "alice", server: "" }), "filtered");
    assert.equal(holds(one, "access:servers", { user: "alice" }), "filtered");
  });

  test("a group's scope reaches its members and their servers", () => {
    const group = of("read:servers!group=g1");
    assert.equal(holds(group, "read:servers", { user: "alice", server: "x" }, groupsOf), "yes");
    assert.equal(holds(group, "read:servers", { user: "bob", server: "x" }, groupsOf), "filtered");
  });

  test("a request needs any of its scopes; the error has JupyterHub's words", () => {
    requireAny(asAlice, ["list:users", "read:users"], { user: "alice" });
    assert.throws(() => requireAny(asAlice, ["list:users"]), {
      code: "forbidden",
      message: "Action is not authorized with current scopes; requires any of [list:users]",
    });
    assert.throws(() => requireAny(asAlice, ["list:users", "read:users"], { user: "bob" }), {
      code: "not-found",
      message: "No access to resources or resources not found",
    });
  });

  test("a list shows the rows that its scope reaches", () => {
    const scopes = of("list:users!user=bob", "list:users!group=g1");
    const reach = filterOf({ scopes, groupsOf }, "list:users");
    assert.ok(reach !== undefined && reach !== "all");
    assert.deepEqual([[...reach.user], [...reach.group]], [["bob"], ["g1"]]);
    assert.deepEqual(
      ["alice", "bob", "carol"].filter((user) => holds(scopes, "list:users", { user }, groupsOf) === "yes"),
      ["alice", "bob"],
    );
    assert.equal(filterOf({ scopes: asAlice, groupsOf }, "list:users"), undefined);
    assert.equal(filterOf({ scopes: asAdmin, groupsOf }, "list:users"), "all");
  });
});
