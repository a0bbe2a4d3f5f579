/** Who is on the hub, and what groups give. */
import { z } from "zod";
import { launchFields, policyFields } from "./launch.ts";
import { personNames } from "./values.ts";

export const people = z
  .strictObject({
    names: personNames.describe("People who may enter, by whichever way of signing in knows them by this name."),
    admins: personNames.describe("The same, as admins."),
    usersFile: z
      .string()
      .min(1)
      .optional()
      .describe("A jupyterhub_users.toml ([[users]] with name and role admin or user), beside this file or absolute."),
    hostAccounts: z
      .strictObject({
        prefix: z
          .string()
          .regex(/^[a-z_][a-z0-9_-]*$/, "must begin an account's name")
          .default("jupyter-")
          .describe("Accounts that begin with it; the rest is the name: jupyter-anna-maria is anna-maria."),
      })
      .optional()
      .describe("People are the accounts of this host whose names begin with a prefix."),
  })
  .prefault({})
  .describe("Who is on the hub, beside those whom admins add and those whom GitHub or a provider sends.");
export type PeopleConfig = z.output<typeof people>;

const group = z.strictObject({
  description: z.string().max(300).default("").describe("A sentence for admins."),
  priority: z
    .int()
    .min(-1000)
    .max(1000)
    .default(0)
    .describe("Of two groups that set the same environment variable or mount target, the higher number wins."),
  members: z
    .strictObject({
      names: personNames.describe("Members by name."),
      github: z
        .array(
          z
            .string()
            .regex(
              /^[A-Za-z0-9][A-Za-z0-9-]*(:[A-Za-z0-9][A-Za-z0-9._-]*)?$/,
              "must be ORGANISATION or ORGANISATION:TEAM",
            ),
        )
        .default([])
        .describe("Members of GitHub organisations, or of teams as ORGANISATION:TEAM."),
      oidc: z
        .record(z.string(), z.array(z.string().min(1).max(255)))
        .default({})
        .describe("Members of a provider's groups: the method's name and a list of its groups."),
      header: z.array(z.string().min(1).max(255)).default([]).describe("Members of groups in the proxy's header."),
      everyone: z.boolean().default(false).describe("Everybody."),
    })
    .prefault({})
    .describe("Who is in it; beside them, those whom admins add by hand."),
  admin: z.boolean().default(false).describe("Members are admins."),
  profiles: z.array(z.string()).default([]).describe("Profiles that members may choose, beside those for everyone."),
  images: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Images that members may choose at a start, beside the profiles; “*” stands for any characters: localhost:5000/lab/*.",
    ),
  environment: launchFields.environment.default({}),
  memory: launchFields.memory.optional(),
  cpus: launchFields.cpus.optional(),
  pids: launchFields.pids.optional(),
  mounts: policyFields.mounts.default([]),
  maximumServers: policyFields.maximumServers.optional(),
  idleTimeout: policyFields.idleTimeout.optional(),
  maximumAge: policyFields.maximumAge.optional(),
  groupIds: policyFields.groupIds.default([]),
  sharing: policyFields.sharing.optional(),
});
export type GroupConfig = z.output<typeof group>;

export const groups = z
  .record(
    z
      .string()
      .regex(
        /^[^\s/!=,\p{C}](?:[^/!=,\p{C}]{0,62}[^\s/!=,\p{C}])?$/u,
        "must be 1 to 64 characters without “/”, “!”, “=” and “,”",
      ),
    group,
  )
  .default({})
  .describe(
    "What members of a group get. Of several groups grants add up, limits take the largest, the environment goes by priority.",
  );
