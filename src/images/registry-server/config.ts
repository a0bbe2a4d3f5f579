/** What the own registry is started with. The program is CNCF distribution's `registry`, version 2 (Debian: docker-registry). */
import { compareSync, hashSync } from "bcryptjs";
import { stringify } from "yaml";
import type { Secret } from "../../kernel/index.ts";

/** The one account of the own registry. */
export const REGISTRY_USER = "hublet";

export interface RegistryServerOptions {
  readonly port: number;
  /** Folder of its images, as the process sees it. */
  readonly storage: string;
  /** Path of the file that `registryHtpasswd` gives the text of, as the process sees it. */
  readonly htpasswd: string;
  /** The hub's `logLevel`. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** As engines and people write it. Docker trusts this name without TLS by itself; Podman by registries.conf. */
export function registryAddress({ port }: { readonly port: number }): string {
  return `localhost:${port}`;
}

/**
 * The text of its configuration. It holds no secret: the key that signs half-done uploads is made by each process for
 * itself, since no second one shares them. Loopback alone, whoever asks needs the password, also for reading.
 */
export function registryConfig({ port, storage, htpasswd, logLevel }: RegistryServerOptions): string {
  return stringify({
    version: "0.1",
    log: {
      // It writes a line for each request at “info”.
      level: logLevel === "info" ? "warn" : logLevel,
      formatter: "json",
      accesslog: { disabled: true },
    },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      // Uploads that nobody finished.
      maintenance: { uploadpurging: { enabled: true, age: "48h", interval: "12h", dryrun: false } },
    },
    auth: { htpasswd: { realm: "Hublet's registry", path: htpasswd } },
    http: {
      addr: `127.0.0.1:${port}`,
      // Whatever name it is reached by, as through a tunnel, answers lead to the same one.
      relativeurls: true,
      // Without it, the word to end breaks off what is being pushed.
      draintimeout: "5s",
      headers: { "X-Content-Type-Options": ["nosniff"] },
    },
  });
}

/** Rounds are of no use where the password is 32 random bytes, and each request costs them. */
const COST = 4;

/** The text of the password file; another one at each call, since the salt is new. */
export function registryHtpasswd(password: Secret): string {
  return `${REGISTRY_USER}:${hashSync(password.reveal(), COST)}\n`;
}

/** Whether such a file lets in who has this password. */
export function htpasswdAdmits(text: string, password: Secret): boolean {
  const hash = text.startsWith(`${REGISTRY_USER}:`) ? text.slice(REGISTRY_USER.length + 1).trim() : "";
  return /^\$2[aby]\$/.test(hash) && compareSync(password.reveal(), hash);
}
