import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { librariesOf, parseLdd } from "./libraries.ts";

test("libraries, the loader, and the kernel's own are told apart", () => {
  const output = `	linux-vdso.so.1 (0x00007ffd1a5f0000)
	libstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f53c4200000)
	libc.so.6 => /opt/odd place/libc.so.6 (0x00007f53c3f3e000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f53c4473000)
`;
  assert.deepEqual(parseLdd(output, "node"), [
    "/lib/x86_64-linux-gnu/libstdc++.so.6",
    "/opt/odd place/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
  assert.deepEqual(parseLdd("\tstatically linked\n", "tool"), []);
});

test("a missing library is named", () => {
  assert.throws(
    () => parseLdd("\tlibodd.so.1 => not found\n", "/usr/bin/node"),
    /\/usr\/bin\/node needs the library libodd\.so\.1/,
  );
});

test("this Node.js has a loader and a C library, both to be read", async () => {
  const found = await librariesOf([process.execPath]);
  for (const pattern of [/\/ld-linux-[^/]+$/, /\/libc\.so\.6$/]) {
    const path = found.find((each) => pattern.test(each));
    assert.ok(path !== undefined && readFileSync(path).length > 0, String(pattern));
  }
  assert.deepEqual(found, [...found].sort());
});
