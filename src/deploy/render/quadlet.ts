/**
 * Description → units for Quadlet and systemd's user manager.
 *
 * Only keys that Quadlet had from its first version on (Podman 4.4) are used: it refuses a whole unit for one key that it
 * does not know. What came later (secrets, memory folders, SELinux) goes by `PodmanArgs`.
 */
import { posix } from "node:path";
import { registryBlocks } from "../../images/index.ts";
import { HubError, sha256 } from "../../kernel/index.ts";
import {
  type ContainerUnit,
  type Deployment,
  SECRET_PREFIX,
  type SocketUnit,
  UNIT_LABEL,
  type VolumeUnit,
} from "../model/deployment.ts";
import { plain, type UnitSection, unitText, word } from "./unit-text.ts";

/** A file of the account. */
export interface RenderedFile {
  /** Relative to the account's home. */
  readonly path: string;
  readonly text: string;
  /** Permissions, for example 0o600. */
  readonly mode: number;
  /** What systemd calls it; undefined for a file that a container mounts. */
  readonly unit: string | undefined;
  /** Of a container's unit: what the label `org.hublet.unit` of its container says. */
  readonly digest: string | undefined;
}

const QUADLET_FOLDER = ".config/containers/systemd";
const UNIT_FOLDER = ".config/systemd/user";
const TRUST_FOLDER = ".config/containers/registries.conf.d";
const CERTIFICATES_FOLDER = ".config/containers/certs.d";
const FILES_FOLDER = ".config/hublet";
const COMMENT = "Written by “hublet apply”: it would undo changes made here.";
/** Seconds that podman and systemd get beyond a container's own time to end. */
const STOP_MARGIN = 10;

/** Units for Quadlet and systemd, and the files that they mount, in a fixed order. @throws HubError `bad-config` */
export function quadletFiles(deployment: Deployment): readonly RenderedFile[] {
  const { containers, sockets } = deployment;
  return [
    ...sockets.map((socket) => file(UNIT_FOLDER, `${socket.name}.socket`, socketText(socket))),
    ...containers.flatMap((container) => mountedFiles(container)),
    ...trustFiles(deployment),
    ...containers.map((container) => containerFile(container, deployment)),
    ...containers.flatMap(({ name, description, schedule }) =>
      schedule === undefined ? [] : [file(UNIT_FOLDER, `${name}.timer`, timerText(description, schedule))],
    ),
  ];
}

function file(folder: string, unit: string, text: string): RenderedFile {
  return { path: `${folder}/${unit}`, text, mode: 0o600, unit, digest: undefined };
}

/** What tells the account's Podman about registries: containers-registries.conf.d(5), containers-certs.d(5). */
function trustFiles({ trust }: Deployment): readonly RenderedFile[] {
  const one = (path: string, text: string) => ({ path, text, mode: 0o600, unit: undefined, digest: undefined });
  const blocks = registryBlocks(trust.insecure);
  return [
    ...(blocks === "" ? [] : [one(`${TRUST_FOLDER}/hublet.conf`, `# ${COMMENT}\n${blocks}`)]),
    ...[...trust.authorities].map(([address, pem]) => one(`${CERTIFICATES_FOLDER}/${address}/hublet-ca.crt`, pem)),
  ];
}

/** Readable for all: an account of the container other than root may read them; the folders around are the account's. */
function mountedFiles(container: ContainerUnit): readonly RenderedFile[] {
  return container.files.map(({ target, content }) => ({
    path: mountedPath(container, target),
    text: content,
    mode: 0o644,
    unit: undefined,
    digest: undefined,
  }));
}

function mountedPath({ name }: ContainerUnit, target: string): string {
  return `${FILES_FOLDER}/${name}/${posix.basename(target)}`;
}

/** The label is a digest of the rest, so that a container shows whether it was started from the unit as it is now. */
function containerFile(container: ContainerUnit, { home }: Deployment): RenderedFile {
  const sections = (label: readonly (readonly [string, string])[]) => containerText(container, home, label);
  const digest = sha256(sections([]));
  return {
    path: `${QUADLET_FOLDER}/${container.name}.container`,
    text: sections([["Label", `${UNIT_LABEL}=${digest}`]]),
    mode: 0o600,
    unit: `${container.name}.service`,
    digest,
  };
}

function containerText(container: ContainerUnit, home: string, label: UnitSection["lines"]): string {
  const { name, after, files } = container;
  const before = [...(container.engine ? ["podman.socket"] : []), ...after.map((other) => `${other}.service`)].join(
    " ",
  );
  // A changed file shall restart the container as a changed unit does.
  const mounted = files.length === 0 ? "" : ` Files it mounts: ${sha256(JSON.stringify(files)).slice(0, 16)}.`;
  return unitText(`${COMMENT}${mounted}`, [
    {
      name: "Unit",
      lines: [
        ["Description", plainDescription(container.description)],
        ...(before === ""
          ? []
          : ([
              ["Wants", before],
              ["After", before],
            ] as const)),
        // Systemd would give up after five quick ends.
        ...(container.restart ? ([["StartLimitIntervalSec", "0"]] as const) : []),
      ],
    },
    {
      name: "Container",
      lines: [
        ["ContainerName", name],
        ...label,
        ["Image", plain(container.image)],
        ["Exec", container.command.map(word).join(" ")],
        ...Object.entries(container.environment)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, value]) => ["Environment", word(`${key}=${value}`)] as const),
        ["Network", container.network],
        ...(container.user === undefined ? [] : [["User", container.user] as const]),
        ["ReadOnly", String(container.readOnlyRoot)],
        ["DropCapability", "all"],
        ["NoNewPrivileges", "true"],
        ...[...container.volumes, ...files.map(({ target }) => fileVolume(container, home, target))].map(
          (volume) => ["Volume", volumeText(volume)] as const,
        ),
        ...container.tmpfs.map((folder) => ["PodmanArgs", word(`--tmpfs=${folder}:rw,mode=1777`)] as const),
        ...container.secrets.map(
          (secret) =>
            ["PodmanArgs", word(`--secret=${SECRET_PREFIX}${secret},type=mount,target=${secret},mode=0400`)] as const,
        ),
        ...(container.unconfined ? [["PodmanArgs", "--security-opt=label=disable"] as const] : []),
        ["PodmanArgs", `--stop-timeout=${container.stopSeconds}`],
      ],
    },
    { name: "Service", lines: serviceLines(container) },
    // Quadlet would wait for the network: sockets and loopback are there before it.
    { name: "Quadlet", lines: [["DefaultDependencies", "false"]] },
    { name: "Install", lines: container.restart ? [["WantedBy", "default.target"]] : [] },
  ]);
}

function serviceLines(container: ContainerUnit): UnitSection["lines"] {
  const { name, sockets, readyCommand, successCodes } = container;
  return [
    ...(container.restart
      ? ([
          ["Restart", "always"],
          ["RestartSec", "1"],
          // From version 254 on: longer and longer, not each second for ever.
          ["RestartSteps", "6"],
          ["RestartMaxDelaySec", "30"],
        ] as const)
      : ([["Type", "oneshot"]] as const)),
    ...(successCodes.length === 0 ? [] : [["SuccessExitStatus", successCodes.join(" ")] as const]),
    ...(sockets.length === 0 ? [] : [["Sockets", sockets.map((socket) => `${socket}.socket`).join(" ")] as const]),
    ...(readyCommand === undefined ? [] : [["ExecStartPost", readyLine(name, readyCommand)] as const]),
    // The image may have to be pulled first.
    ["TimeoutStartSec", container.restart ? "300" : "infinity"],
    ["TimeoutStopSec", String(container.stopSeconds + STOP_MARGIN)],
  ];
}

/** The script is fixed; container and command are its arguments. */
function readyLine(name: string, command: readonly string[]): string {
  const script = 'name=$1; shift; until podman exec "$name" "$@"; do sleep 0.2; done';
  return ["/bin/sh", "-c", script, "sh", name, ...command].map(word).join(" ");
}

function fileVolume(container: ContainerUnit, home: string, target: string): VolumeUnit {
  return {
    source: `${home}/${mountedPath(container, target)}`,
    target,
    readOnly: true,
    owned: false,
    propagation: "private",
    relabel: true,
  };
}

function volumeText(volume: VolumeUnit): string {
  const { source, target, readOnly, owned, propagation, relabel } = volume;
  const wrong = [source, target].find((path) => path.includes(":"));
  if (wrong !== undefined)
    throw new HubError("bad-config", `${wrong} has a colon, and Podman cannot mount such a path. Choose another.`);
  const options = [
    readOnly ? "ro" : "rw",
    ...(owned ? ["U"] : []),
    ...(propagation === "rslave" ? ["rslave"] : []),
    ...(relabel ? ["z"] : []),
  ];
  // `%t` is systemd's to replace, at the beginning alone.
  const from = source.startsWith("%t/") ? `%t${plain(source.slice(2))}` : plain(source);
  return `${from}:${plain(target)}:${options.join(",")}`;
}

function socketText(socket: SocketUnit): string {
  return unitText(COMMENT, [
    { name: "Unit", lines: [["Description", plainDescription(socket.description)]] },
    {
      name: "Socket",
      lines: [
        // systemd says “every address” by the port alone.
        ["ListenStream", socket.listen.replace(/^\*:/, "")],
        ["FileDescriptorName", socket.fdName],
        ["Service", `${socket.service}.service`],
        // The user manager starts before the network has its addresses.
        ["FreeBind", "true"],
        ["Backlog", "4096"],
      ],
    },
    { name: "Install", lines: [["WantedBy", "sockets.target"]] },
  ]);
}

function timerText(description: string, schedule: string): string {
  return unitText(COMMENT, [
    { name: "Unit", lines: [["Description", plainDescription(description)]] },
    // A host that was off at the time makes up for it when it is back.
    {
      name: "Timer",
      lines: [
        ["OnCalendar", schedule],
        ["Persistent", "true"],
      ],
    },
    { name: "Install", lines: [["WantedBy", "timers.target"]] },
  ]);
}

function plainDescription(text: string): string {
  return text.replaceAll("%", "%%");
}
