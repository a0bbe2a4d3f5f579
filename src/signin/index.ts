export type {
  Claim,
  ClaimRequest,
  PasswordChange,
  PasswordSignIn,
  SignIn,
  SignInParts,
} from "./signin.ts";
export { createSignIn } from "./signin.ts";
