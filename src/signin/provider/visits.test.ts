import assert from "node:assert/strict";
import { test } from "node:test";
import { heldClock } from "../../../test/support/held-clock.ts";
import { createSealer, Secret } from "../../kernel/index.ts";
import { createVisits } from "./visits.ts";

const START = { provider: "github", callbackUrl: "https://hub.example.org/hub/oauth_callback", next: "" };

function visits(most: number) {
  const clock = heldClock(Date.now());
  const room = createVisits({ clock, sealer: createSealer(new Secret("the hub's key, long enough")), most });
  const begin = () => room.begin(START);
  const back = ({ visit, sealed }: ReturnType<typeof begin>) => room.takeBack(`state=${visit.state}&code=x`, sealed);
  return { clock, begin, back };
}

test("when no more spent visits can be remembered, new ones are refused and no spent one is forgotten", () => {
  const { clock, begin, back } = visits(2);
  const [first, second, third] = [begin(), begin(), begin()];
  back(first);
  clock.pass(60_000);
  back(second);
  assert.throws(() => back(third), { code: "too-many-attempts", facts: { retryAfter: 540 } });
  assert.throws(() => back(first), { message: /came back already/ });
  assert.throws(() => back(second), { message: /came back already/ });
  clock.pass(9 * 60_000 - 1);
  assert.throws(() => back(third), { code: "too-many-attempts" });
  clock.pass(2);
  // Its time is over, and so is that of the visit.
  assert.throws(() => back(first), { message: /took longer than 10 minutes/ });
  back(begin());
  assert.throws(() => back(begin()), { code: "too-many-attempts" });
});

test("a visit that comes back late is remembered for as long as it is good", () => {
  const { clock, begin, back } = visits(10);
  const late = begin();
  clock.pass(9 * 60_000);
  const early = begin();
  back(late);
  back(early);
  clock.pass(60_000);
  assert.throws(() => back(late), { message: /came back already/ });
  clock.pass(9 * 60_000);
  assert.throws(() => back(early), { message: /came back already/ });
});
