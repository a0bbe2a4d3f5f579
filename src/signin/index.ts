export { acceptImported } from "./password/imported.ts";
export { generatePassphrase } from "./password/passphrase.ts";
export { acceptPassword } from "./password/policy.ts";
export type {
  BegunRedirect,
  BegunSecondFactor,
  Claim,
  FinishedRedirect,
  HeaderSignIn,
  PasswordOutcome,
  SignIn,
  SignInLog,
  SignInMethod,
} from "./port.ts";
export { createSignIn } from "./signin.ts";
