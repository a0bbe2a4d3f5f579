/** Anybody by any name: for trying things out. */
import { equalInConstantTime, type UserName } from "../../kernel/index.ts";
import type { SignInContext } from "../context.ts";
import type { Attempt } from "../limits.ts";
import type { PasswordOutcome } from "../port.ts";

/** The configuration has it, and the password is the one it names; without one any is taken. */
export function dummyTakes(context: SignInContext, password: string): boolean {
  const { config, secret } = context.snapshot();
  const { dummy } = config.signIn;
  if (dummy === undefined) return false;
  return dummy.password === undefined || equalInConstantTime(password, secret(dummy.password).reveal());
}

/** @throws HubError `sign-in-refused` when the people room lets this person in by no means */
export async function enterAsDummy(
  { people, log }: SignInContext,
  { name, attempt }: { readonly name: UserName; readonly attempt: Attempt },
): Promise<PasswordOutcome> {
  try {
    const person = await people.admit({
      provider: "dummy",
      issuer: "",
      subject: name,
      login: name,
      email: null,
      groups: [],
      credential: null,
    });
    log.warn({ user: person.name }, "signed in by signIn.dummy, without proof of who it is");
    await attempt.succeed(person.name);
    return { kind: "in", person };
  } catch (error) {
    await attempt.withdraw();
    throw error;
  }
}
