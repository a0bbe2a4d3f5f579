/** Faults are planted one at a time on a booted host with a deployment: the doctor finds each, names it, and its fix mends it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import { bootGuest, type Guest } from "./support/guest.ts";
import {
  FAULT_PRELUDE,
  faultConfiguration,
  GUEST_FAULTS,
  type GuestFault,
  type Mending,
} from "./support/guest-faults.ts";
import { eventually } from "./support/hub.ts";
import { Lab, PROGRAM } from "./support/lab.ts";
import { PROGRAM_ROOT } from "./support/program-copy.ts";

const LEAST_FAULTS = 25;
const NAME = "faults";

const resultsSchema = z.array(
  z.object({ id: z.string(), findings: z.array(z.object({ problem: z.string(), fix: z.array(z.string()) })) }),
);

describe("the doctor on a booted host", { timeout: 1_500_000 }, () => {
  let guest: Guest;
  let lab: Lab;

  before(async () => {
    guest = await bootGuest(NAME, 51, { [PROGRAM_ROOT]: PROGRAM });
    lab = new Lab(guest);
    await lab.configure(`${faultConfiguration(NAME)}server: {image: "localhost/hublet-test/none:1"}\n`);
    await lab.must(["secrets", "init", "--name", "root"]);
    await lab.must(["secrets", "set", "campus-secret", "--random"]);
    await lab.must(["tls", "selfsigned", "--name", `${NAME}.example.org`]);
    await lab.must(["apply", "--yes"]);
  });
  after(() => guest?.down());

  test("there are enough faults to plant, each of another kind", () => {
    assert.ok(GUEST_FAULTS.length >= LEAST_FAULTS);
    assert.equal(new Set(GUEST_FAULTS.map(({ fault }) => fault)).size, GUEST_FAULTS.length);
  });

  for (const fault of GUEST_FAULTS) {
    test(`finds and mends: ${fault.fault}`, async () => {
      assert.equal(await finding(fault), undefined, "before it is planted");
      await root(fault.plant);
      try {
        assert.notEqual(await finding(fault), undefined, "planted");
        for (const mending of fault.mendBy) await mend(fault, mending);
        // What was started may need a moment.
        await eventually("mended", async () => ((await finding(fault)) === undefined ? true : undefined), 60);
      } finally {
        if (fault.unplant !== undefined) await root(fault.unplant);
      }
    });
  }

  function root(text: string): Promise<string> {
    return guest.sh(FAULT_PRELUDE + text);
  }

  /** What the doctor says of it; exit code 1 comes with every error, of other checks too. */
  async function finding({ expects, says }: GuestFault): Promise<{ readonly fix: readonly string[] } | undefined> {
    const { stdout, stderr } = await lab.hublet(["doctor", expects, "--json"]);
    const results = parsed(stdout, stderr);
    const check = results.find(({ id }) => id === expects);
    assert.ok(check !== undefined, `no check ${expects}`);
    return check.findings.find(({ problem }) => says.test(problem));
  }

  async function mend(fault: GuestFault, mending: Mending): Promise<void> {
    if (mending === "fix") await lab.hublet(["doctor", fault.expects, "--fix", "--yes"]);
    else if (mending === "apply") await lab.must(["apply", "--yes"]);
    else if (mending === "printed") await root(((await finding(fault))?.fix ?? []).join("\n"));
    else await root(mending.sh);
  }
});

function parsed(stdout: string, stderr: string): z.infer<typeof resultsSchema> {
  try {
    return resultsSchema.parse(JSON.parse(stdout));
  } catch (error) {
    throw new Error(`no report: ${stdout.slice(-2000)}\n${stderr.slice(-2000)}`, { cause: error });
  }
}
