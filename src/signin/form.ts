/** The form of the sign-in page: one for passwords and dummy, since both take a name and a password. */
import type { SignInConfig } from "../contract/index.ts";
import type { SignInMethod } from "./port.ts";

export const PASSWORD_TITLE = "Password";
export const DUMMY_TITLE = "Any name (for trying out)";

export function formOf({ passwords, dummy }: SignInConfig): SignInMethod[] {
  if (passwords) return [{ id: "password", title: PASSWORD_TITLE, kind: "form" }];
  return dummy === undefined ? [] : [{ id: "dummy", title: DUMMY_TITLE, kind: "form" }];
}
