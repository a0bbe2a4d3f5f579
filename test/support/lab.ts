/** A lab on a guest: its configuration, `hublet` as root there, and what its containers are. */
import assert from "node:assert/strict";
import type { Guest, GuestResult, GuestRun } from "./guest.ts";

/** Where guests see this checkout. */
export const PROGRAM = "/opt/hublet";

export interface ContainerFact {
  readonly name: string;
  readonly started: string;
}

export class Lab {
  readonly guest: Guest;
  readonly address: string;

  constructor(guest: Guest) {
    this.guest = guest;
    this.address = `https://${guest.address}`;
  }

  /** `hublet WORDS` as root of the guest, by the program in a folder that the guest sees. */
  hublet(words: readonly string[], options: GuestRun & { readonly program?: string } = {}): Promise<GuestResult> {
    return this.guest.run([`${options.program ?? PROGRAM}/hublet`, ...words], { timeout: 400_000, ...options });
  }

  /** Standard output of a command that must succeed. */
  async must(words: readonly string[], options: GuestRun & { readonly program?: string } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.hublet(words, options);
    assert.equal(code, 0, `hublet ${words.join(" ")}:\n${stdout.slice(-3000)}\n${stderr.slice(-6000)}`);
    return stdout;
  }

  /** A line of the manual, where `./hublet` is the program. */
  async line(text: string, options: GuestRun = {}): Promise<string> {
    const { code, stdout, stderr } = await this.guest.run(["sh", "-euc", `cd ${PROGRAM} && ${text}`], {
      timeout: 400_000,
      ...options,
    });
    assert.equal(code, 0, `${text}\n${stdout.slice(-3000)}\n${stderr.slice(-6000)}`);
    return stdout;
  }

  configure(text: string): Promise<string> {
    return this.guest.sh(
      "mkdir -p /etc/hublet; cat > /etc/hublet/hublet.yaml.new; chmod --reference=/etc/hublet/hublet.yaml /etc/hublet/hublet.yaml.new 2>/dev/null || chmod 640 /etc/hublet/hublet.yaml.new; chgrp hublet /etc/hublet/hublet.yaml.new 2>/dev/null || :; mv /etc/hublet/hublet.yaml.new /etc/hublet/hublet.yaml",
      { input: text },
    );
  }

  /** When each of the account's containers was started. */
  async containers(): Promise<readonly ContainerFact[]> {
    const text = await this.must(["shell", "--", "podman", "ps", "--format", "{{.Names}} {{.StartedAt}}"]);
    return text
      .trim()
      .split("\n")
      .map((line) => {
        const [name = "", started = ""] = line.split(" ");
        return { name, started };
      })
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** The one-time link of a person. */
  async link(name: string): Promise<string> {
    const text = await this.must(["user", "passwd", name, "--link", "--json"]);
    return (JSON.parse(text) as { url: string }).url;
  }
}
