/** Which of Ansible's variables is which secret: deployments of JupyterHub name them much alike. */
import type { SecretState } from "../../config/index.ts";
import type { Variables } from "./ansible-vault.ts";

/**
 * The variable for each secret that the configuration names, where there is exactly one: of the same name, or by what the
 * secret is used for (`db_url` or what is a PostgreSQL address for `database`, `github_client_secret` for GitHub's, …).
 */
export function matchNames(secrets: readonly SecretState[], variables: Variables): ReadonlyMap<string, string> {
  const matched = new Map<string, string>();
  for (const { name, usedBy } of secrets) {
    const names = [...variables.keys()];
    const same = names.filter((variable) => simple(variable) === simple(name));
    const fitting = names.filter((variable) => usedBy.some((use) => fits(use, variable, variables)));
    const [only, ...others] = same.length > 0 ? same : fitting;
    if (only !== undefined && others.length === 0) matched.set(name, only);
  }
  return matched;
}

/** `vault_github-client.secret` is `githubclientsecret`. */
function simple(name: string): string {
  return name
    .toLowerCase()
    .replace(/^vault[_-]/, "")
    .replace(/[^a-z0-9]/g, "");
}

function fits(use: string, variable: string, variables: Variables): boolean {
  const name = simple(variable);
  const value = variables.get(variable)?.reveal() ?? "";
  const [first, second, third] = use.split(".");
  if (use === "database") return /^postgres(ql)?:\/\//.test(value);
  if (use === "tls.key") return /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value);
  if (use === "signIn.dummy.password") return /dummy.*password/.test(name);
  if (first !== "signIn" || !/client.*secret|secret.*client/.test(name)) return false;
  if (second === "github") return /github|oauth/.test(name);
  return second === "oidc" && (/oidc|openid/.test(name) || name.includes(simple(third ?? "oidc")));
}
