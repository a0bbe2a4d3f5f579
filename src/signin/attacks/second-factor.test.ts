import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { appOf, GOOD, HOME, rejection, signInHub, ticketOf } from "../../../test/support/sign-in.ts";

const NEXT = "a new good one";
const ELSEWHERE = "203.0.113.66";

async function careful(...[t, open, options]: Parameters<typeof signInHub>) {
  const hub = await signInHub(t, open, options);
  const alice = await hub.member("alice");
  const { code, recovery } = await hub.factor("alice");
  const ticket = (address = HOME, password = GOOD) =>
    ticketOf(hub.signIn.withPassword({ name: "alice", password, address }));
  return { ...hub, alice, code, recovery, ticket };
}

forEachDatabase("attack: getting past the second factor", (open) => {
  test("replay: a code is taken once, and none from before the last one", async (t) => {
    const { signIn, clock, code, ticket } = await careful(t, open);
    const used = code();
    await signIn.withSecondFactor({ ticket: await ticket(), code: used, address: HOME });
    const older = code(clock.now() - 30_000);
    for (const replayed of [used, older]) {
      const again = signIn.withSecondFactor({ ticket: await ticket(), code: replayed, address: HOME });
      assert.equal((await rejection(again)).code, "sign-in-refused");
    }
    clock.pass(30_000);
    await signIn.withSecondFactor({ ticket: await ticket(), code: code(), address: HOME });
  });

  test("replay at the same moment: of several browsers one gets in", async (t) => {
    const { signIn, restarted, code, ticket } = await careful(t, open);
    const hubs = [signIn, restarted()];
    const addresses = Array.from({ length: 4 }, (_, i) => `10.0.0.${i}`);
    const tickets: string[] = [];
    for (const address of addresses) tickets.push(await ticket(address));
    const results = await Promise.allSettled(
      addresses.map((address, i) =>
        (hubs[i % 2] ?? signIn).withSecondFactor({ ticket: tickets[i] ?? "", code: code(), address }),
      ),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  });

  test("the code that set it up does not sign in as well", async (t) => {
    const { signIn, clock, member } = await signInHub(t, open);
    await member("alice");
    const { uri } = await signIn.beginSecondFactor("alice", { password: GOOD, address: HOME });
    const code = appOf(uri)(clock.now());
    await signIn.confirmSecondFactor("alice", { code, address: HOME });
    const ticket = await ticketOf(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    assert.equal((await rejection(signIn.withSecondFactor({ ticket, code, address: HOME }))).code, "sign-in-refused");
  });

  test("brute force with a known password: the right password in between clears nothing", async (t) => {
    const { signIn, ticket } = await careful(t, open);
    const outcomes = { wrong: 0, held: 0 };
    const kept = await ticket(ELSEWHERE);
    for (let i = 0; i < 30; i += 1) {
      // The attacker types the stolen password before each guess.
      const fresh = await signIn.withPassword({ name: "alice", password: GOOD, address: ELSEWHERE }).then(
        (outcome) => (outcome.kind === "in" ? assert.fail("in") : outcome.ticket),
        () => kept,
      );
      const guess = signIn.withSecondFactor({ ticket: fresh, code: String(i).padStart(6, "0"), address: ELSEWHERE });
      outcomes[(await rejection(guess)).code === "sign-in-refused" ? "wrong" : "held"] += 1;
    }
    assert.deepEqual(outcomes, { wrong: 5, held: 25 });
  });

  test("brute force from many addresses: twenty guesses, and the person at home is not touched", async (t) => {
    const { signIn, code, ticket, clock } = await careful(t, open);
    await signIn.withSecondFactor({ ticket: await ticket(), code: code(), address: HOME });
    clock.pass(30_000);
    let wrong = 0;
    for (let i = 0; i < 40; i += 1) {
      const address = `10.0.0.${i}`;
      const guess = signIn.withSecondFactor({ ticket: await ticket(address), code: "000000", address });
      if ((await rejection(guess)).code === "sign-in-refused") wrong += 1;
    }
    assert.equal(wrong, 20);
    const [lockout] = (await signIn.lockouts()).filter(({ key }) => key === "code:alice");
    assert.equal(lockout?.name, "alice");
    await signIn.withSecondFactor({ ticket: await ticket(), code: code(), address: HOME });
    // An admin lets a person in who is elsewhere just now.
    await signIn.clearLockout("code:alice");
    clock.pass(30_000);
    await signIn.withSecondFactor({ ticket: await ticket("10.9.9.9"), code: code(), address: "10.9.9.9" });
  });

  test("ticket replay by another address, after ten minutes, and after a change of the password", async (t) => {
    const { signIn, clock, code, ticket } = await careful(t, open);
    const stolen = await ticket();
    const elsewhere = await rejection(signIn.withSecondFactor({ ticket: stolen, code: code(), address: ELSEWHERE }));
    assert.match(elsewhere.message, /Sign in with your password again/);
    await signIn.setPassword("alice", NEXT);
    const late = signIn.withSecondFactor({ ticket: stolen, code: code(), address: HOME });
    assert.match((await rejection(late)).message, /Sign in with your password again/);
    const old = await ticket(HOME, NEXT);
    clock.pass(600_000);
    assert.equal(signIn.ticketName(old), undefined);
    assert.equal(
      (await rejection(signIn.withSecondFactor({ ticket: old, code: code(), address: HOME }))).code,
      "sign-in-refused",
    );
    await signIn.withSecondFactor({ ticket: await ticket(HOME, NEXT), code: code(), address: HOME });
  });

  test("forged tickets, and those of another hub", async (t) => {
    const { signIn, code, ticket } = await careful(t, open);
    const real = await ticket();
    // Not its last letter: that holds bits which decoding drops.
    const changed = `${real.slice(0, -10)}${real.at(-10) === "x" ? "y" : "x"}${real.slice(-9)}`;
    for (const forged of ["", "s1.", changed, real.replace(/^s1/, "s2"), "{}"]) {
      assert.equal(signIn.ticketName(forged), undefined);
      assert.equal(
        (await rejection(signIn.withSecondFactor({ ticket: forged, code: code(), address: HOME }))).code,
        "sign-in-refused",
      );
    }
  });

  test("a recovery code is taken once, also by two at the same moment", async (t) => {
    const { signIn, recovery, ticket } = await careful(t, open);
    const [first = "", second = ""] = recovery;
    await signIn.withSecondFactor({ ticket: await ticket(), code: first.toUpperCase(), address: HOME });
    const again = signIn.withSecondFactor({ ticket: await ticket(), code: first, address: HOME });
    assert.equal((await rejection(again)).code, "sign-in-refused");
    const tickets = [await ticket(), await ticket("10.0.0.1")];
    const both = await Promise.allSettled([
      signIn.withSecondFactor({ ticket: tickets[0] ?? "", code: second, address: HOME }),
      signIn.withSecondFactor({ ticket: tickets[1] ?? "", code: second, address: "10.0.0.1" }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.equal((await signIn.secondFactorOf("alice")).recoveryCodesLeft, 8);
  });

  test("a stolen password does not put another app in place of the person's", async (t) => {
    const { signIn, clock, code, ticket, configure } = await careful(t, open);
    const stolen = await ticket();
    // The ticket that asks for a code does not set one up.
    assert.equal((await rejection(signIn.beginSecondFactor("alice", { ticket: stolen }))).code, "sign-in-refused");
    // Nor does one from before the person had set theirs up.
    await configure("signIn: {secondFactor: everyone}");
    await signIn.resetSecondFactor("alice");
    const early = await ticketOf(
      signIn.withPassword({ name: "alice", password: GOOD, address: ELSEWHERE }),
      "set-up-second-factor",
    );
    const attacker = await signIn.beginSecondFactor("alice", { ticket: early });
    const { uri } = await signIn.beginSecondFactor("alice", { password: GOOD, address: HOME });
    await signIn.confirmSecondFactor("alice", { code: appOf(uri)(clock.now()), address: HOME });
    assert.equal((await rejection(signIn.beginSecondFactor("alice", { ticket: early }))).code, "sign-in-refused");
    const late = { code: appOf(attacker.uri)(clock.now()), ticket: early, address: ELSEWHERE };
    assert.equal((await rejection(signIn.confirmSecondFactor("alice", late))).code, "sign-in-refused");
    assert.ok(code());
  });

  test("a set-up that was begun with a stolen password ends with the password", async (t) => {
    const { signIn, clock, member } = await signInHub(t, open, { yaml: "signIn: {secondFactor: everyone}" });
    await member("alice");
    const typed = { name: "alice", password: GOOD, address: ELSEWHERE };
    const ticket = await ticketOf(signIn.withPassword(typed), "set-up-second-factor");
    const { uri } = await signIn.beginSecondFactor("alice", { ticket });
    await signIn.setPassword("alice", NEXT);
    const code = appOf(uri)(clock.now());
    for (const proof of [
      { code, ticket, address: ELSEWHERE },
      { code, address: ELSEWHERE },
    ]) {
      assert.equal((await rejection(signIn.confirmSecondFactor("alice", proof))).code, "sign-in-refused");
    }
    assert.equal((await signIn.secondFactorOf("alice")).active, false);
  });

  test("a claim link is no way around it, nor is a first use", async (t) => {
    const { signIn, code, member, configure } = await careful(t, open);
    const link = await signIn.issueClaim("alice");
    const ticket = await ticketOf(signIn.claim({ code: link.code, password: NEXT, address: HOME }));
    assert.equal((await signIn.withSecondFactor({ ticket, code: code(), address: HOME })).name, "alice");
    await configure("{people: {names: [ben]}, signIn: {firstUse: open, secondFactor: everyone}}");
    await ticketOf(signIn.withPassword({ name: "ben", password: GOOD, address: HOME }), "set-up-second-factor");
    await member("carol");
    const carol = await signIn.issueClaim("carol");
    await ticketOf(signIn.claim({ code: carol.code, password: NEXT, address: HOME }), "set-up-second-factor");
  });

  test("a person who is suspended between password and code stays out", async (t) => {
    const { signIn, code, ticket, suspend } = await careful(t, open);
    const held = await ticket();
    await suspend("alice", "Nobody lists this person any more.");
    const error = await rejection(signIn.withSecondFactor({ ticket: held, code: code(), address: HOME }));
    assert.match(error.message, /Nobody lists this person/);
  });

  test("the database alone gives no codes: secrets are sealed to the person, recovery codes are hashes", async (t) => {
    const { store, signIn, recovery, alice, member } = await careful(t, open);
    const bob = await member("bob");
    const row = await store.db.selectFrom("second_factors").selectAll().executeTakeFirstOrThrow();
    assert.match(row.secret, /^s1\./);
    for (const one of recovery) assert.ok(!row.recovery.includes(one));
    // A row that is copied to somebody else opens nothing there.
    await store.db
      .insertInto("second_factors")
      .values({ ...row, user_id: bob.id })
      .execute();
    const ticket = await ticketOf(signIn.withPassword({ name: "bob", password: GOOD, address: HOME }));
    assert.ok(alice.id !== bob.id);
    assert.equal(
      (await rejection(signIn.withSecondFactor({ ticket, code: "123456", address: HOME }))).code,
      "sign-in-refused",
    );
  });
});
