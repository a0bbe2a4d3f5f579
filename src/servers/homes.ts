/** Where a person's home is kept (`server.homes`): a volume of the engine, or a folder of the host. */
import { posix } from "node:path";
import { NOBODY } from "../broker/index.ts";
import type { HostAccount } from "../config/index.ts";
import { emptyTar, type HomeSpec, type IdRange, type Mount } from "../drivers/index.ts";
import { containerName, HubError, type UserName, volumeName } from "../kernel/index.ts";
import { deleteFact, getFact, type ServerRow, setFact } from "../store/index.ts";
import { ownerFact } from "./files.ts";
import { fillPath, type Identity, type Owner } from "./identity.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { lookText, type MountRoom, refuseClosed } from "./mounts.ts";
import type { Room } from "./room.ts";

/** The user of Jupyter's images, whom the files go back to when servers run as the image says again. */
const IMAGE_OWNER: Owner = { uid: 1000, gid: 100 };

/** The folder of the host that is a person's home; undefined when it is a volume, or there is no such account. */
export function homeFolder(
  homes: LaunchSettings["homes"],
  user: UserName,
  account: HostAccount | undefined,
): string | undefined {
  if (homes === "volume" || (account === undefined && homes.folder.includes("{account}"))) return undefined;
  return posix.normalize(fillPath(homes.folder, user, account)).replace(/(.)\/$/, "$1");
}

/**
 * The home's mount. A folder of the host is looked at: it must be there, be the person's (where the image does not say whose), and not be reached by a link, which
 * whoever may write there could lead to another's home.
 * @throws HubError `mount-missing` with what to do, `bad-config` for what is closed to servers
 */
export async function homeMount(
  room: MountRoom,
  user: UserName,
  settings: Pick<LaunchSettings, "homes" | "runAs">,
  identity: Identity,
): Promise<Mount> {
  const target = identity.home;
  if (settings.homes === "volume") return { kind: "volume", source: volumeName(user), target, readOnly: false };
  if (room.driver.kind === "process")
    throw homeProblem(
      "Homes are folders of the host (server.homes), and local processes have no mounts (engine: process)",
    );
  const folder = posix.normalize(settings.homes.folder);
  const source = homeFolder(settings.homes, user, identity.account) ?? folder;
  const closed = room.closedPaths ?? [];
  const rule = { source, target, readOnly: false, optional: false, from: "server.homes", place: null };
  refuseClosed(rule, source, closed);
  const wanted = await ownerOnHost(room, settings, identity);
  const trouble = lookText(source, await room.folders.look(source), room.driver.kind);
  if (trouble !== undefined) throw missing(source, trouble, wanted);
  const { real, owner } = await whereAndWhose(room, source);
  // What the configuration names may be a link of the host's; what has a person's name in it may not.
  const named = posix.dirname(folder.slice(0, folder.search(/\{(username|account)\}/)).concat("x"));
  const expected = posix.join(await room.hostView.real(named), source.slice(named === "/" ? 0 : named.length));
  if (real !== expected)
    throw homeProblem(
      `The home ${source} is reached by a link, which leads to ${real}; it must be a folder of its own`,
    );
  refuseClosed(rule, real, closed);
  if (settings.runAs !== "image" && wanted !== undefined && owner !== wanted.uid)
    throw homeProblem(
      `The home ${source} belongs to ${owner === NOBODY ? "another account of the host" : `the number ${owner}`} and not to ${wanted.name}, whose server this is. If it is theirs: “sudo chown -R ${wanted.user}:${wanted.gid} ${source}”`,
    );
  return { kind: "bind", source, target, readOnly: false };
}

async function whereAndWhose(room: MountRoom, source: string): Promise<{ real: string; owner: number }> {
  try {
    const [real, seen] = await Promise.all([room.hostView.real(source), room.hostView.stat(source)]);
    return { real, owner: seen.uid };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw homeProblem(`The home ${source} cannot be looked at: ${error.message}`);
  }
}

interface HostOwner extends Owner {
  /** As commands are given it. */
  readonly user: string | number;
  /** As people read it. */
  readonly name: string;
}

/** Whom a home belongs to by the host's numbers; undefined: nobody knows, since the image says it. */
async function ownerOnHost(
  room: Pick<Room, "driver">,
  { runAs }: Pick<LaunchSettings, "runAs">,
  { owner, account }: Identity,
): Promise<HostOwner | undefined> {
  const { hostIds } = await room.driver.capabilities();
  // A person's account has its home for itself, whatever the image says.
  const inside = owner ?? (account === undefined ? IMAGE_OWNER : undefined);
  if (inside === undefined) return undefined;
  const uid = onHost(hostIds?.uids, inside.uid);
  const gid = onHost(hostIds?.gids, inside.gid);
  if (runAs === "host" && account !== undefined)
    return { uid, gid, user: account.account, name: `${account.account} (${uid})` };
  return { uid, gid, user: uid, name: uid === inside.uid ? `${uid}` : `${uid} (${inside.uid} in servers)` };
}

function onHost(ranges: readonly IdRange[] | undefined, id: number): number {
  const range = ranges?.find(({ inside, count }) => id >= inside && id < inside + count);
  return range === undefined ? id : range.outside + id - range.inside;
}

function missing(source: string, trouble: string, owner: HostOwner | undefined): HubError {
  const whose = owner === undefined ? "" : ` -o ${owner.user} -g ${owner.gid}`;
  return homeProblem(
    `The home cannot be had: ${trouble}. If it is to be a new one: “sudo install -d -m 0700${whose} ${source}”`,
  );
}

function homeProblem(why: string): HubError {
  return new HubError("mount-missing", `${why}. Ask your admin to mend that; then press Start again.`);
}

/** A home as it is filled: what the server will be, without a server's label. */
export function homeSpec(row: ServerRow, identity: Identity, home: Mount, image: string): HomeSpec {
  const { owner, groups } = identity;
  return {
    name: containerName(row.user, row.name),
    labels: { "hub.jupyter.org/username": row.user },
    image,
    ...(owner === undefined ? {} : { user: `${owner.uid}:${owner.gid}` }),
    ...(groups.length === 0 ? {} : { groups }),
    home,
  };
}

/**
 * Gives the files of a volume to whom its servers run as, once: an existing volume is taken over, a new one gets the image's
 * own files first, as it would without this.
 * @param say called before it is done, which may take long
 * @throws HubError `conflict` while another server of the person runs; as `Driver.ownVolume`
 */
export async function giveToOwner(
  room: Pick<Room, "driver" | "journal" | "queue">,
  spec: HomeSpec,
  owner: Owner | undefined,
  options: { readonly say: () => Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  const { home } = spec;
  if (home.kind !== "volume" || room.driver.kind === "process") return;
  const { db } = room.journal;
  const fact = ownerFact(home.source);
  await room.queue.run(fact, async () => {
    const before = await getFact(db, fact);
    const after = owner ?? (before === undefined ? undefined : IMAGE_OWNER);
    if (after === undefined || before === `${after.uid}:${after.gid}`) return;
    await options.say();
    if (before === undefined) await seed(room, spec, options.signal);
    await owned(room, home.source, after);
    // Without a word the files are as the image made them.
    if (owner === undefined) await deleteFact(db, fact);
    else await setFact(db, fact, `${after.uid}:${after.gid}`);
  });
}

/** An engine puts an image's files into an empty volume when it is first mounted: better before the owner is changed than after. */
async function seed(room: Pick<Room, "driver">, spec: HomeSpec, signal: AbortSignal): Promise<void> {
  const { user: _user, groups: _groups, ...plain } = spec;
  try {
    await room.driver.fillHome(plain, emptyTar(), { signal });
  } catch (error) {
    // It was mounted, and nothing more is wanted of the image.
    if (!(error instanceof HubError) || !["image-unsuitable", "command-failed"].includes(error.code)) throw error;
  }
}

async function owned(room: Pick<Room, "driver">, volume: string, owner: Owner): Promise<void> {
  try {
    await room.driver.ownVolume(volume, owner);
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== "conflict") throw error;
    throw new HubError(
      "conflict",
      "Your files are to get another owner, which takes that none of your servers runs. Stop the others, then press Start again.",
      { cause: error, ...(error.detail === undefined ? {} : { detail: error.detail }) },
    );
  }
}
