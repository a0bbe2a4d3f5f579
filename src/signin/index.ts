export type { SignIn } from "./port.ts";
export { createSignIn } from "./signin.ts";
