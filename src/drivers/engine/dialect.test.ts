import assert from "node:assert/strict";
import { test } from "node:test";
import { importChanges } from "./dialect.ts";

test("values of an import keep their spaces and quotes: Docker reads a Dockerfile's line, Podman the value as it stands", () => {
  const settings = {
    ...{ reference: "x", entrypoint: ["/bin/tini", "--"], command: ["a b"], user: "1000:100", workingDirectory: "/w" },
    ...{ environment: { A: 'two "words"' }, labels: { title: "Hublet notebook" } },
  };
  const common = ['ENTRYPOINT ["/bin/tini","--"]', 'CMD ["a b"]', "USER 1000:100", "WORKDIR /w"];
  assert.deepEqual(importChanges("podman", settings), [...common, 'ENV A=two "words"', "LABEL title=Hublet notebook"]);
  assert.deepEqual(importChanges("docker", settings), [
    ...common,
    'ENV A="two \\"words\\""',
    'LABEL title="Hublet notebook"',
  ]);
});
