/** The checks of certificates, with ones that OpenSSL made. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "../tls/certificates.fixture.ts";
import { contextWith } from "./context.fixture.ts";
import { tlsChecks } from "./tls.ts";

const authority = makeAuthority({ after });

describe("a certificate", () => {
  before(() => {
    authority.leaf("over", { days: -3 });
    authority.leaf("soon", { days: 1 });
    authority.leaf("later", { inDays: 10 });
    authority.leaf("other", { san: "DNS:other.example.org" });
  });

  async function problems(id: string, file: string): Promise<string[]> {
    const content = readFileSync(authority.path(file));
    const context = contextWith({ host: { readFile: async () => content }, context: { now: Date.now() } });
    const found = await tlsChecks.find((check) => check.id === id)?.run(context);
    assert.ok(found !== undefined && !("outcome" in found));
    return found.map(({ severity, problem }) => `${severity} ${problem}`);
  }

  test("that is over, ends soon, or is not valid yet, is told", async () => {
    assert.match((await problems("certificate-expiry", "over.crt")).join(), /^error The certificate expired on \d/);
    assert.match((await problems("certificate-expiry", "soon.crt")).join(), /^warning The certificate expires on \d/);
    assert.match((await problems("certificate-expiry", "later.crt")).join(), /^error .*still to come/);
    assert.deepEqual(await problems("certificate-expiry", "lab.crt"), []);
  });

  test("for another name is told with both names", async () => {
    const [found = ""] = await problems("certificate-names", "other.crt");
    assert.match(found, /is for other\.example\.org, and people type lab\.example\.org/);
    assert.deepEqual(await problems("certificate-names", "lab.crt"), []);
  });

  test("that is none is told", async () => {
    assert.match((await problems("certificate-chain", "lab.key")).join(), /holds no certificate/);
  });
});
