/** What is read of a Containerfile is what is said to the builder, and nothing in it leads to the host. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how Containerfiles write arguments
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../refusal.ts";
import { readRecipe } from "./recipe.ts";
import { PLATFORM } from "./words.ts";

const ID = `sha256:${"a".repeat(64)}`;

function read(text: string, args: Readonly<Record<string, string>> = {}) {
  const recipe = readRecipe(text, new Map(Object.entries(args)));
  return { ...recipe, said: recipe.text(new Map(recipe.images.map((image) => [image, ID]))) };
}

test("instructions are said in one line each, with images by their ids", () => {
  const { said, images, shown } = read(
    [
      "# syntax=docker/dockerfile:1",
      "ARG BASE=quay.io/jupyter/base-notebook TAG='2026'",
      "from --platform=$BUILDPLATFORM ${BASE}:${TAG} as Build\r",
      "run apt-get update && \\",
      "  # a comment between",
      "",
      "    apt-get install -y \\",
      "    git   ",
      "COPY --chown=$NB_UID:${NB_GID} a b/ /c",
      "FROM build",
      "COPY --from=0 --chmod=0755 /x /y",
      "COPY --from=build /x /z",
      "COPY --from=debian:13 /etc/os-release /",
      'CMD ["a", "b"]',
      "RUN --mount=type=bind,src=./tools/,dst=/t,readonly --mount=target=/w true",
    ].join("\n"),
    { TAG: "2027", UNKNOWN: "x" },
  );
  assert.deepEqual(images, ["quay.io/jupyter/base-notebook:2027", "docker.io/library/debian:13"]);
  assert.deepEqual(shown, ["tools", ""]);
  assert.equal(
    said,
    [
      "ARG BASE=quay.io/jupyter/base-notebook TAG='2026'",
      `FROM ${ID} AS build`,
      "RUN apt-get update &&     apt-get install -y     git",
      "COPY --chown=$NB_UID:${NB_GID} a b/ /c",
      "FROM build",
      "COPY --from=0 --chmod=0755 /x /y",
      "COPY --from=build /x /z",
      `COPY --from=${ID} /etc/os-release /`,
      'CMD ["a", "b"]',
      "RUN --mount=type=bind,source=tools,target=/t,ro --mount=type=bind,source=.,target=/w,ro true",
      "",
    ].join("\n"),
  );
});

test("a cache has a name without a slash, whatever it is called, and the same for the same", () => {
  const names = [
    "type=cache,target=/root/.cache",
    "type=cache,target=/root/.cache,sharing=locked",
    "type=cache,id=../../../etc,target=/m",
    "type=cache,target=/root/.cache/pip,mode=0700,uid=1000",
  ].map((mount) => /id=(hublet-[0-9a-f]{32}),/.exec(read(`FROM scratch\nRUN --mount=${mount} true`).said)?.[1]);
  assert.equal(names[0], names[1]);
  assert.equal(new Set(names).size, 3);
  assert.ok(names.every((name) => name !== undefined));
  assert.doesNotMatch(read("FROM scratch\nRUN --mount=type=cache,target=/a,sharing=locked true").said, /locked/);
});

test("arguments are filled in as builders do it", () => {
  const base = (line: string, args = {}) => read(line, args).images;
  assert.deepEqual(base("ARG A\nFROM ${A:-debian:12}"), ["docker.io/library/debian:12"]);
  assert.deepEqual(base("ARG A=x\nFROM debian${A:+:13}"), ["docker.io/library/debian:13"]);
  assert.deepEqual(base('ARG V="13"\nARG A=debian:$V\nFROM $A'), ["docker.io/library/debian:13"]);
  assert.deepEqual(base("ARG V=12\nFROM debian:$V", { V: "14" }), ["docker.io/library/debian:14"]);
  assert.deepEqual(base(`FROM --platform=${PLATFORM} debian`), ["docker.io/library/debian:latest"]);
});

const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  "an archive of the host": ["FROM docker-archive:/var/lib/x.tar", /no image of a registry/],
  "a folder of the host": ["FROM dir:/var/lib/x", /no image of a registry/],
  "a layout of the host": ["FROM oci:/var/lib/x:1", /no image of a registry/],
  "a storage elsewhere, with a program to mount it by": [
    "FROM containers-storage:[overlay@/g+/r:overlay.mount_program=/x]a/b:1",
    /no image of a registry/,
  ],
  "another engine": ["FROM docker-daemon:debian:12", /no image of a registry/],
  "an archive in two arguments": ["ARG A=docker-archive\nARG B=/x\nFROM $A:$B", /no image of a registry/],
  "an archive in another form of argument": ["ARG A=x\nFROM ${A#x}dir:/x", /not read here/],
  "an archive to copy from": ["FROM scratch\nCOPY --from=oci-archive:/x / /", /no image of a registry/],
  "a variable to copy from": ["FROM scratch\nENV A=dir:/x\nCOPY --from=$A / /", /no image of a registry/],
  "an option with a backslash in it": ["FROM scratch\nCOPY --fr\\om=dir:/x / /", /without quotes/],
  "an option in quotes": ['FROM scratch\nCOPY --"from"=dir:/x / /', /without quotes/],
  "an option behind another kind of space": ["FROM scratch\nCOPY \u00a0--from=dir:/x / /", /signs that are not read/],
  "an option behind an option and such a space": [
    "FROM scratch\nCOPY --link \u0085--from=dir:/x / /",
    /signs that are not read/,
  ],
  "a mount of another stage": ["FROM scratch AS a\nFROM scratch\nRUN --mount=from=a,source=/l,target=/m x", /--from/],
  "a mount of a path that goes up": ["FROM scratch\nRUN --mount=source=../../x,target=/m x", /no plain path/],
  "a mount by a variable": ["FROM scratch\nENV T=bind,from=x\nRUN --mount=type=$T,target=/m x", /mounts a/],
  "a mount's source by a variable": ["FROM scratch\nRUN --mount=source=$X,target=/m x", /no plain path/],
  "a mount that is written to": ["FROM scratch\nRUN --mount=source=a,target=/m,rw x", /"rw"/],
  "a key that stands twice": ["FROM scratch\nRUN --mount=source=a,src=b,target=/m x", /twice/],
  "a cache of another image": ["FROM scratch\nRUN --mount=type=cache,from=a,target=/m x", /--from/],
  "a cache with a folder of its own": ["FROM scratch\nRUN --mount=type=cache,source=/x,target=/m x", /"source"/],
  "a secret": ["FROM scratch\nRUN --mount=type=secret,id=/etc/shadow,target=/m x", /mounts a "secret"/],
  "the agent of keys": ["FROM scratch\nRUN --mount=type=ssh x", /mounts a "ssh"/],
  "the host's network": ["FROM scratch\nRUN --network=host x", /network of others/],
  "no confinement": ["FROM scratch\nRUN --security=insecure x", /--security/],
  "commands for those who build on it": ["FROM scratch\nONBUILD RUN --mount=from=a,target=/m x", /ONBUILD/],
  "another sign of continuation": ["# escape=`\nFROM scratch\nRUN a `\nCOPY --from=dir:/x / /", /continuation/],
  "two backslashes at an end": ["FROM scratch\nRUN a \\\\\nCOPY --from=dir:/x / /", /two ways/],
  "a backslash that comes out at the end": ["FROM scratch\nRUN a \\ \\\n\n# end", /ends with a backslash/],
  "the content of a here-document": ["FROM scratch\nRUN <<EOF\nwhoami\nEOF", /here-documents/],
  "a control character": ["FROM scratch\nRUN a\u000bb", /control/],
  "another machine": ["FROM --platform=linux/s390x debian", /s390x/],
  "the beginning of an id": ["FROM abcdef123456", /no image of a registry/],
  "an instruction in other letters": ["FROM scratch\nRUN\u00a0--mount=from=a,target=/m x", /no instruction/],
};
for (const [name, [text, why]] of Object.entries(REFUSED))
  test(`refused: ${name}`, () => {
    assert.throws(
      () => read(text),
      (error: unknown) => error instanceof Refusal && why.test(error.message),
    );
  });
