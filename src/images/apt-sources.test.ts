import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type AptSource, formatSource, parseDeb822, parseOneLine } from "./apt-sources.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

describe("apt's deb822 sources", () => {
  test("Debian 12's container image, with comments between the fields", () => {
    const text = `Types: deb
# http://snapshot.example/archive/debian/20250520T000000Z
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: ${KEYRING}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: ${KEYRING}
`;
    const options = { "signed-by": KEYRING };
    assert.deepEqual(parseDeb822(text), [
      { uri: "http://mirror.example/debian", suite: "bookworm", components: ["main"], options },
      { uri: "http://mirror.example/debian", suite: "bookworm-updates", components: ["main"], options },
      { uri: "http://mirror.example/debian-security", suite: "bookworm-security", components: ["main"], options },
    ]);
  });

  test("Ubuntu's installer: CRLF, several types, an inline key, a disabled stanza", () => {
    const text = [
      "## Ubuntu sources",
      "Types: deb deb-src",
      "URIs: http://mirror.example/ubuntu/",
      "Suites: plucky plucky-updates",
      "Components: main universe",
      "Signed-By:",
      " -----BEGIN PGP PUBLIC KEY BLOCK-----",
      " .",
      " mQINBFufwdoBEADv",
      " -----END PGP PUBLIC KEY BLOCK-----",
      "",
      "Enabled: no",
      "Types: deb",
      "URIs: http://mirror.example/ubuntu/",
      "Suites: plucky-proposed",
      "Components: main",
      "",
      "Types: deb-src",
      "URIs: http://mirror.example/ubuntu/",
      "Suites: plucky",
      "Components: main",
    ].join("\r\n");
    const sources = parseDeb822(text);
    assert.deepEqual(
      sources.map((source) => source.suite),
      ["plucky", "plucky-updates"],
    );
    assert.deepEqual(sources[0]?.components, ["main", "universe"]);
    assert.deepEqual(sources[0]?.options, {}, "an inline key does not fit a line");
  });

  test("exact paths and stanzas without components are left out", () => {
    assert.deepEqual(parseDeb822("Types: deb\nURIs: https://x.example/\nSuites: ./\n"), []);
  });
});

describe("apt's one-line sources", () => {
  test("Debian's installer: cdrom, source packages, comments, options", () => {
    const text = `# deb cdrom:[Debian GNU/Linux 13.0.0 _Trixie_ - Official amd64 NETINST]/ trixie contrib main
deb cdrom:[Debian GNU/Linux 13.0.0 _Trixie_ - Official amd64 NETINST]/ trixie contrib main
deb http://mirror.example/debian/ trixie main non-free-firmware # the fast one
deb-src http://mirror.example/debian/ trixie main
deb [ arch=amd64 signed-by=${KEYRING} ] https://security.example/debian-security trixie-security main
\tdeb [trusted=yes] file:/srv/mirror trixie main
`;
    assert.deepEqual(parseOneLine(text), [
      { uri: "http://mirror.example/debian/", suite: "trixie", components: ["main", "non-free-firmware"], options: {} },
      {
        uri: "https://security.example/debian-security",
        suite: "trixie-security",
        components: ["main"],
        options: { "signed-by": KEYRING },
      },
      { uri: "file:/srv/mirror", suite: "trixie", components: ["main"], options: { trusted: "yes" } },
    ]);
  });

  test("what is written can be read again", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
    const source: fc.Arbitrary<AptSource> = fc.record({
      uri: word.map((name) => `https://${name}.example/debian`),
      suite: word,
      components: fc.array(word, { minLength: 1, maxLength: 3 }),
      options: fc.constantFrom<Record<string, string>>({}, { "signed-by": KEYRING }, { trusted: "yes" }),
    });
    fc.assert(fc.property(source, (one) => assert.deepEqual(parseOneLine(formatSource(one)), [{ ...one }])));
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseOneLine(text);
        parseDeb822(text);
      }),
    );
  });
});
