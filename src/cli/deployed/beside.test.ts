import assert from "node:assert/strict";
import test from "node:test";
import { rewritten } from "./beside.ts";

test("the container is told what it can see, and no file of the caller", () => {
  const beside = { place: "here", placeOption: "--from", identity: ["/root/key"] } as const;
  const to = { place: "/srv/here", keys: true };
  assert.deepEqual(
    rewritten(["backup", "list", "--from", "here", "--identity", "/root/key", "--json", "--state=/x"], beside, to),
    ["backup", "list", "--json", "--from=/srv/here", "--identity=-"],
  );
  const output = { file: "paper", option: "--to" };
  assert.deepEqual(
    rewritten(
      ["restore", "--file", "ada:a b", "--to=paper", "--", "latest"],
      { ...beside, output },
      { place: undefined, keys: false },
    ),
    ["restore", "--file", "ada:a b", "--to=-", "--", "latest"],
  );
});

test("what was agreed to before the hub was stopped is not asked again, nor said twice", () => {
  const stopped = (yes: boolean, argv: readonly string[]) =>
    rewritten(
      argv,
      { place: undefined, placeOption: "--from", identity: [], stopsHub: { warning: "", yes } },
      { place: undefined, keys: false },
    );
  assert.deepEqual(stopped(false, ["restore", "latest", "--database"]), ["restore", "latest", "--database", "--yes"]);
  assert.deepEqual(stopped(true, ["restore", "latest", "--yes"]), ["restore", "latest", "--yes"]);
});
