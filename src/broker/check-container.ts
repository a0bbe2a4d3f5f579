/** What a container that the hub asks for may be, beyond its form. */
import { HUB_LABEL, possibleName, volumeName } from "../kernel/index.ts";
import { type CreateMount, type HelperBody, SERVER_NAME, type ServerBody } from "./container-schema.ts";
import { matchesPattern } from "./image-names.ts";
import { type AccountOf, type BrokerPolicy, bindOf } from "./policy.ts";
import { Refusal } from "./refusal.ts";

/** Label of helpers, with the hub's id. */
export const HELPER_LABEL = "hublet.export";
export const USER_LABEL = "hub.jupyter.org/username";
/** `users`: images let it write what people may change. */
export const USERS_GROUP = 100;
/** Others mean something to engines, proxies and updaters of the host. */
const LABEL_FAMILIES = /^(?:hublet\.[a-z-]+|hub\.jupyter\.org\/[a-z-]+|app\.kubernetes\.io\/[a-z-]+|component)$/;
const HELPER_NAME = /^hublet-(?:export|pack|unpack|own|probe|fill|build)-[a-zA-Z0-9][a-zA-Z0-9_.-]{0,240}$/;
const HOME_VOLUME = /^jupyterhub-user-[a-z0-9-]+$/;
const SYSTEM_TARGET = /^\/(?:proc|sys|dev|etc\/(?:passwd|shadow|group|sudoers))(?:\/|$)|^\/$/;

export interface ContainerRules {
  readonly policy: BrokerPolicy;
  /** The account of a person on this host. */
  readonly accountOf: AccountOf;
}

/** @throws Refusal */
export function checkServer(rules: ContainerRules, name: string, body: ServerBody): void {
  const { policy, accountOf } = rules;
  if (!SERVER_NAME.test(name)) throw new Refusal(`no server is called ${quoted(name)}`);
  const { Labels: labels, HostConfig: host } = body;
  checkLabels(labels);
  if (HELPER_LABEL in labels) throw new Refusal("a server is no helper");
  if (body.User !== undefined) checkUser(body.User);
  checkGroups(rules, body);
  checkAccount(rules, body);
  if (Object.keys(host.PortBindings).some((port) => !(port in body.ExposedPorts)))
    throw new Refusal("a port is published that is not exposed");
  const user = labels[USER_LABEL];
  for (const mount of host.Mounts ?? []) {
    checkTarget(mount);
    if (mount.Type === "volume") checkServerVolume(policy, mount, user);
    else checkBind(policy, mount, bindOf(policy, mount.Source, user, accountOf));
  }
}

/** Helpers may be root over one volume of homes, and over nothing else. @throws Refusal */
export function checkHelper(rules: ContainerRules, name: string, body: HelperBody): void {
  const { policy, accountOf } = rules;
  if (!HELPER_NAME.test(name)) throw new Refusal(`no helper is called ${quoted(name)}`);
  const { Labels: labels, HostConfig: host } = body;
  checkLabels(labels);
  if (HUB_LABEL in labels) throw new Refusal("a helper is no server");
  checkGroups(rules, body);
  const mounts = host.Mounts ?? [];
  if (mounts.length > 1) throw new Refusal("a helper sees one home at a time");
  if (host.NetworkMode !== "none" && (!name.startsWith("hublet-build-") || mounts.length > 0))
    throw new Refusal("a helper has no network, but for those of builds, which see nothing");
  const mighty = (host.CapAdd ?? []).length > 0 || (body.User !== undefined && isRoot(body.User));
  for (const mount of mounts) {
    checkTarget(mount);
    if (mount.Type === "volume") {
      if (!isHome(mount.Source)) checkNamedVolume(policy, mount);
      continue;
    }
    if (mighty) throw new Refusal("a helper with rights has no folders of the host");
    checkAccount(rules, body);
    checkBind(policy, mount, bindOf(policy, mount.Source, labels[USER_LABEL], accountOf));
  }
}

/** Whether a volume is one of homes, by its name. */
export function isHome(volume: string): boolean {
  return HOME_VOLUME.test(volume);
}

/** A volume that the configuration names; a writable one before a read-only one. */
export function namedVolume(policy: BrokerPolicy, volume: string): { readonly readOnly: boolean } | undefined {
  const found = policy.volumes.filter(({ name }) => matchesPattern(name, volume));
  return found.find(({ readOnly }) => !readOnly) ?? found[0];
}

/** @throws Refusal */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const strange = Object.keys(labels).find((name) => !LABEL_FAMILIES.test(name));
  if (strange !== undefined) throw new Refusal(`the label ${quoted(strange)} is none of the hub's`);
}

function checkServerVolume(policy: BrokerPolicy, mount: CreateMount, user: string | undefined): void {
  const person = user === undefined ? undefined : possibleName(user);
  if (person === undefined || mount.Source !== volumeName(person)) checkNamedVolume(policy, mount);
}

function checkNamedVolume(policy: BrokerPolicy, { Source: volume, ReadOnly: readOnly }: CreateMount): void {
  const named = namedVolume(policy, volume);
  if (named === undefined) throw foreignVolume(volume);
  if (named.readOnly && !readOnly) throw new Refusal(`the configuration mounts ${quoted(volume)} read-only`);
}

function foreignVolume(volume: string): Refusal {
  return new Refusal(`the volume ${quoted(volume)} is not this person's, and the configuration does not name it`);
}

function checkBind(
  policy: BrokerPolicy,
  mount: CreateMount & { readonly Type: "bind" },
  allowed: { readonly readOnly: boolean } | undefined,
): void {
  // Podman puts it into “type=bind,source=…”.
  if (policy.engine === "podman" && /[,"\r\n]/.test(mount.Source)) throw new Refusal("Podman takes no such path");
  if (allowed === undefined)
    throw new Refusal(`the configuration does not mount ${quoted(mount.Source)} for this person`);
  if (allowed.readOnly && !mount.ReadOnly)
    throw new Refusal(`the configuration mounts ${quoted(mount.Source)} read-only`);
  // What is mounted below it would stay writable.
  if (mount.ReadOnly && !mount.BindOptions.NonRecursive)
    throw new Refusal("a read-only folder comes without what is mounted below it");
}

function checkTarget({ Target: target }: CreateMount): void {
  if (SYSTEM_TARGET.test(target)) throw new Refusal(`nothing is mounted at ${quoted(target)}`);
}

function checkUser(user: string): void {
  if (isRoot(user)) throw new Refusal("a server does not run as root");
}

function isRoot(user: string): boolean {
  return user.split(":").some((part) => Number(part) === 0);
}

type Numbers = Pick<ServerBody | HelperBody, "User" | "Labels" | "HostConfig">;

function checkGroups({ policy, accountOf }: ContainerRules, { Labels: labels, HostConfig: host }: Numbers): void {
  if (policy.groups === null) return;
  const person = labels[USER_LABEL];
  const account = policy.hostAccounts === true && person !== undefined ? accountOf(person) : undefined;
  const known = [...policy.groups, ...(account === undefined ? [] : [...account.groups, USERS_GROUP])];
  const strange = host.GroupAdd?.find((group) => !known.includes(Number(group)));
  if (strange !== undefined) throw new Refusal(`the configuration does not give the group ${strange}`);
}

/**
 * Numbers in a container are the host's, where people have accounts: with another's, of a group of the system's even, files could be
 * left in a folder of the host that give whoever runs them that one's rights.
 */
function checkAccount({ policy, accountOf }: ContainerRules, body: Numbers): void {
  if (policy.hostAccounts !== true) return;
  const { User: user, Labels: labels, HostConfig: host } = body;
  const writes = host.Mounts?.some(({ Type, ReadOnly }) => Type === "bind" && !ReadOnly) === true;
  if (user === undefined && !writes) return;
  const account = accountOf(labels[USER_LABEL] ?? "");
  if (account === undefined || user !== `${account.uid}:${account.gid}`)
    throw new Refusal("a server runs as the account of its person on this host");
}

/** Short, and without what could change a log or a terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
