export type {
  Claim,
  ClaimRequest,
  PasswordChange,
  PasswordSignIn,
  SignIn,
  SignInParts,
} from "./port.ts";
export { createSignIn } from "./signin.ts";
