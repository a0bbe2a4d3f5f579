/** What groups and profiles name exists. */
import { userName } from "../../kernel/index.ts";
import { hint } from "../diagnostics.ts";
import type { Checks } from "./context.ts";

export function checkGroups(checks: Checks): void {
  const { groups, signIn } = checks.config;
  const profiles = profileNames(checks);
  const methods = Object.keys(signIn.oidc);
  for (const [name, group] of Object.entries(groups)) {
    const at = ["groups", name];
    const members = [...at, "members"];
    for (const [index, person] of group.members.names.entries())
      checks.accept([...members, "names", index], () => userName(person));
    if (group.members.github.length > 0 && !checks.has(["signIn", "github"]))
      checks.problem([...members, "github"], "nobody can be in it: signIn.github is not configured");
    if (group.members.header.length > 0 && !checks.has(["signIn", "header"]))
      checks.problem([...members, "header"], "nobody can be in it: signIn.header is not configured");
    for (const method of Object.keys(group.members.oidc))
      if (!methods.includes(method) && !checks.has(["signIn", "oidc", method]))
        checks.problem(
          [...members, "oidc", method],
          `there is no signIn.oidc.${method}${hint(method, methods, "there are")}`,
        );
    for (const [index, profile] of group.profiles.entries())
      if (!profiles.includes(profile))
        checks.problem(
          [...at, "profiles", index],
          `there is no profile “${profile}”${hint(profile, profiles, "there are")}`,
        );
    if (group.admin && group.members.everyone)
      checks.warn(`Everybody is an admin: the group ${name} has members.everyone and admin.`);
  }
}

/** Also of profiles that have other mistakes. */
function profileNames(checks: Checks): string[] {
  const list = checks.written(["profiles"]);
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item) => {
    const name = item.kind === "map" ? item.entries.get("name")?.node : undefined;
    return name?.kind === "scalar" && name.value !== null ? [String(name.value)] : [];
  });
}

export function checkProfiles(checks: Checks): void {
  const first = new Map<string, number>();
  for (const [index, { name }] of checks.config.profiles.entries()) {
    if (first.has(name)) checks.problem(["profiles", index, "name"], `there is another profile “${name}”`);
    else first.set(name, index);
  }
}
