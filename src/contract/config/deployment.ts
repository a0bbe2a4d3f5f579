/** The part of `hublet.yaml` about the host: HTTPS, what `hublet apply` sets up, and backups. */
import { z } from "zod";
import { seconds, secretRef } from "./values.ts";

const port = z.number().int().min(1).max(65_535);

export const tls = z
  .strictObject({
    certificate: z
      .string()
      .min(1)
      .describe("PEM file with the certificate and its chain, beside this file or absolute."),
    key: z
      .union([z.string().min(1), secretRef])
      .describe("PEM file with the private key, or the name of a secret that holds it."),
    profile: z
      .enum(["modern", "intermediate"])
      .default("modern")
      .describe("modern: TLS 1.3 alone. intermediate: TLS 1.2 too, for old clients, with Mozilla's list of ciphers."),
    hsts: z
      .union([z.boolean(), seconds])
      .default(true)
      .describe(
        "Tell browsers to use HTTPS alone for this name: for two years, or for so long; false for a certificate that browsers do not trust yet.",
      ),
    redirectFrom: port
      .optional()
      .describe(
        "A port, usually 80, where plain HTTP is answered with the way to HTTPS. Nothing else is served there.",
      ),
  })
  .optional()
  .describe("Serve HTTPS at the listen address. Changed files are taken over without a restart.");
export type TlsConfig = NonNullable<z.output<typeof tls>>;

export const deploy = z
  .strictObject({
    host: z
      .string()
      .regex(/^[A-Za-z0-9._@:[\]-]+$/, "must be a host as ssh takes it, for example ada@lab.example.org")
      .optional()
      .describe("Where “hublet apply” works: a host reached by ssh. Without it, this host."),
    account: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,30}$/, "must be a name that an account can have")
      .default("hublet")
      .describe("The service account under which everything runs, with rootless Podman."),
    engine: z
      .enum(["podman", "docker"])
      .default("podman")
      .describe(
        "What runs everything there. podman: rootless, under systemd. docker: the host's Docker, by a Compose file; servers then run under a daemon of root.",
      ),
    firewall: z
      .boolean()
      .default(true)
      .describe(
        "Open the ports of listen and tls.redirectFrom in the host's firewall (firewalld, ufw), when it has one.",
      ),
    postgres: z
      .strictObject({
        image: z.string().min(1).default("docker.io/library/postgres:17").describe("Image of the database server."),
      })
      .optional()
      .describe(
        "A PostgreSQL of this deployment's own, reached by a socket in the state folder; database is left out then.",
      ),
    keep: z
      .number()
      .int()
      .min(1)
      .max(50)
      .default(5)
      .describe("How many earlier generations “hublet rollback” can return to."),
  })
  .prefault({})
  .describe("What “hublet plan” and “hublet apply” set up on a host.");
export type DeployConfig = z.output<typeof deploy>;

export const backup = z
  .strictObject({
    to: z
      .string()
      .regex(/^(\/|sftp:\/\/)/, "must be a folder (an absolute path) or sftp://USER@HOST/FOLDER")
      .describe("Where backups go: a folder, or sftp://USER@HOST/FOLDER."),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day, for example 03:30")
      .optional()
      .describe("Every day at this time of the host; without it, only when “hublet backup” is called."),
    keep: z
      .strictObject({
        daily: z.number().int().min(0).default(7).describe("Newest of each of so many days."),
        weekly: z.number().int().min(0).default(5).describe("Newest of each of so many weeks."),
        monthly: z.number().int().min(0).default(12).describe("Newest of each of so many months."),
      })
      .prefault({})
      .describe("Which backups are kept; others are removed after the next one."),
  })
  .optional()
  .describe("Backups of database, configuration, secrets and homes, encrypted for the people of the vault.");
