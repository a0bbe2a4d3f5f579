import assert from "node:assert/strict";
import { test } from "node:test";
import { csvText, parsePeople } from "./csv.ts";

function names(text: string) {
  return parsePeople(text).rows.map(({ name }) => name);
}

test("a header may change the order of the columns", () => {
  const { rows, problems } = parsePeople("groups;Username;role\nstaff|gpu;Alice;admin\n;bob;user\n");
  assert.deepEqual(problems, []);
  assert.deepEqual(rows, [
    { name: "alice", admin: true, groups: ["staff", "gpu"], password: undefined },
    { name: "bob", admin: false, groups: [], password: undefined },
  ]);
});

test("without a header it is name, admin, groups, password", () => {
  const { rows } = parsePeople('\uFEFFalice,yes,"staff, gpu"," pass word "\r\nbob\r\n\r\n');
  assert.deepEqual(rows, [
    { name: "alice", admin: true, groups: ["staff", "gpu"], password: " pass word " },
    { name: "bob", admin: false, groups: [], password: undefined },
  ]);
});

test("a column copied from a sheet, and cells with quotes and line breaks, are read", () => {
  assert.deepEqual(names("name\tadmin\nalice\tno\nbob\t\n"), ["alice", "bob"]);
  assert.deepEqual(names('name,groups\nalice,"a\nb"\n"b""ob",x\n'), ['b"ob']);
});

test("each mistake is told with its line", () => {
  const { rows, problems } = parsePeople("name,admin,groups\nal/ice,,\nbob,maybe,\ncarol,,a=b\nDora,,\ndora,,\n,,x\n");
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["dora"],
  );
  assert.deepEqual(
    problems.map(({ line, reason }) => [line, reason]),
    [
      [2, "slash"],
      [3, "admin"],
      [4, "group"],
      [6, "twice"],
      [7, "missing"],
    ],
  );
  assert.equal(parsePeople('name\n"alice\nbob').problems[0]?.reason, "quote");
});

test("ten thousand rows are read at once", () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `person${index},no,staff|g${index % 200}`).join("\n");
  const before = performance.now();
  assert.equal(names(text).length, 10_000);
  assert.ok(performance.now() - before < 10_000);
});

test("what goes to a spreadsheet is quoted, and never a formula", () => {
  assert.equal(
    csvText([
      ["name", "link"],
      ['=cmd("x")', "a,b"],
    ]),
    'name,link\r\n"\'=cmd(""x"")","a,b"\r\n',
  );
});
