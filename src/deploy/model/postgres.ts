/**
 * A PostgreSQL of the deployment's own. It has no network and no password: whoever connects is known by the socket (peer
 * authentication), which lies in the state folder that is the account's alone.
 *
 * In a rootless engine all containers of the account share one user namespace, so the hub, root in its container, is root
 * to the server as well; both are the account outside. PostgreSQL itself runs as the image's account `postgres`, an id of
 * the account's range, and owns its two folders. With Docker the whole server is the service account, which the host's
 * passwd file names to it.
 */
import type { Places } from "./containers.ts";
import type { ContainerUnit } from "./deployment.ts";

/** Role and database. */
const NAME = "hublet";
/** The image's own folder for the socket: what its entry point does goes there too. */
const SOCKET_FOLDER = "/var/run/postgresql";
/** Not a folder of the image: those are called otherwise in version 18. */
const DATA_FOLDER = "/postgres/data";
const SETTINGS_FOLDER = "/postgres/settings";

const HBA = `# Only by the socket, only as ${NAME}, only who pg_ident.conf lists.
local all ${NAME} peer map=${NAME}
`;
const ROOTLESS_IDENT = `# The hub is root in its container; postgres is the server itself, which makes the database at first.
${NAME} root ${NAME}
${NAME} postgres ${NAME}
`;

/** The server that the entry point starts for a while to set up the database answers too; the real one is process 1. */
const READY = ["sh", "-c", 'test "$(cat /proc/1/comm)" = postgres && exec pg_isready "$@"', "sh"];

/** What the hub connects to. */
export function postgresAddress(state: string): string {
  return `postgresql://${NAME}@/${NAME}?host=${encodeURIComponent(`${state}/postgres/run`)}`;
}

export function postgresContainer(image: string, places: Places): ContainerUnit {
  const rootless = places.engine.kind === "podman";
  const ident = rootless
    ? ROOTLESS_IDENT
    : `# Hub and server are the same account.\n${NAME} ${places.account} ${NAME}\n`;
  const passwd = {
    ...{ source: "/etc/passwd", target: "/etc/passwd", readOnly: true, owned: false, relabel: false },
    propagation: "private" as const,
  };
  const folder = (name: string, target: string) => ({
    source: `${places.state}/postgres/${name}`,
    target,
    readOnly: false,
    owned: rootless,
    propagation: "private" as const,
    relabel: true,
  });
  return {
    name: "hublet-postgres",
    description: "Hublet's database",
    image,
    command: [
      "postgres",
      ...["-c", "listen_addresses="],
      ...["-c", `hba_file=${SETTINGS_FOLDER}/pg_hba.conf`],
      ...["-c", `ident_file=${SETTINGS_FOLDER}/pg_ident.conf`],
    ],
    environment: {
      PGDATA: DATA_FOLDER,
      POSTGRES_DB: NAME,
      // The entry point wants a password or this word. Nothing follows from it: hba_file above is the one that counts.
      POSTGRES_HOST_AUTH_METHOD: "trust",
      POSTGRES_INITDB_ARGS: "--encoding=UTF8 --locale=C.UTF-8 --data-checksums",
      POSTGRES_USER: NAME,
    },
    volumes: [folder("data", DATA_FOLDER), folder("run", SOCKET_FOLDER), ...(rootless ? [] : [passwd])],
    network: "none",
    secrets: [],
    user: rootless ? "postgres" : undefined,
    readOnlyRoot: true,
    tmpfs: ["/tmp"],
    engine: false,
    unconfined: false,
    after: [],
    sockets: [],
    restart: true,
    // A checkpoint on a slow disk.
    stopSeconds: 60,
    schedule: undefined,
    successCodes: [],
    readyCommand: [...READY, "--quiet", "--host", SOCKET_FOLDER, "--username", NAME, "--dbname", NAME],
    files: [
      { target: `${SETTINGS_FOLDER}/pg_hba.conf`, content: HBA },
      { target: `${SETTINGS_FOLDER}/pg_ident.conf`, content: ident },
    ],
  };
}
