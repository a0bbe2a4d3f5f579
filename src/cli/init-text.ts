/** The configuration that `hublet init` writes: what was answered, with comments. */
import type { InitAnswers } from "./init-answers.ts";

/** The secret that holds GitHub's client secret. */
export const GITHUB_SECRET = "github-client-secret";

export function initText(answers: InitAnswers): string {
  return `# Hublet's configuration. Everything has a default: this file holds only what you change.
# All keys, with their meaning: docs/configuration.md (editors: hublet.schema.json).
# A running hub takes changes over at once; look before with "hublet config check".

# The lab's name, shown on every page.
name: ${text(answers.name)}

# Who can reach the hub: 127.0.0.1 is this computer only, 0.0.0.0 everybody who can reach this host.
${answers.network ? "# Put TLS in front, or set tls, since what people type travels over it.\nlisten: 0.0.0.0:8000" : "listen: 127.0.0.1:8000"}

${answers.signIn === "github" ? githubPart(answers) : firstUsePart(answers)}
# What everybody's server may use.
server:
  memory: 2G
  cpus: 2
`;
}

function firstUsePart(answers: Extract<InitAnswers, { signIn: "first-use" }>): string {
  return `# Who may enter. “hublet up” prints a one-time link for the first admin; others get theirs with
# hublet user passwd NAME --link.
people:
  admins: ${list(answers.admins)}
  names: ${list(answers.people)}
${answers.hostAccounts ? "  # Accounts of this host too: jupyter-anna-maria is anna-maria.\n  hostAccounts:\n    prefix: jupyter-\n" : ""}
signIn:
  # Whoever comes first with a listed name chooses its password. Safer, with a link for each: claim.
  firstUse: open
`;
}

function githubPart(answers: Extract<InitAnswers, { signIn: "github" }>): string {
  const client =
    answers.clientId === undefined
      ? "    # The client id comes from GITHUB_CLIENT_ID or OAUTH_CLIENT_ID of the environment.\n"
      : `    clientId: ${text(answers.clientId)}\n`;
  const secret =
    answers.clientSecret === undefined
      ? "    # The client secret comes from GITHUB_CLIENT_SECRET or OAUTH_CLIENT_SECRET of the environment.\n"
      : `    clientSecret: {secret: ${GITHUB_SECRET}}\n`;
  return `signIn:
  github:
${client}${secret}    callbackUrl: ${text(answers.callbackUrl)}
    # Nobody else is let in. Teams: ORGANISATION:TEAM.
    allow:
      organizations: ${list(answers.organizations)}
    admins:
      users: ${list(answers.admins)}
`;
}

/** As JSON, which YAML includes: whatever was typed stays text. */
function text(value: string): string {
  return /^[A-Za-z][A-Za-z0-9 _-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value.trim()
    : JSON.stringify(value);
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}
