/** The first part of a start: home folder, credentials and image, side by side. */
import type { HomeSpec, Mount } from "../drivers/index.ts";
import { randomHex, type Secret, volumeName } from "../kernel/index.ts";
import type { ServerRow } from "../store/index.ts";
import { chooseImage, type SettledImage, settleChoice, settleImage } from "./chosen-image.ts";
import { claimFiles } from "./files.ts";
import { giveToOwner, homeMount, homeSpec } from "./homes.ts";
import { type Identity, identify, type Owner } from "./identity.ts";
import { Superseded } from "./journal.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { volumeLabels } from "./launch-spec.ts";
import { type MountPlan, planMounts } from "./mounts.ts";
import { gateToken, identityOf, nameOf, type Room } from "./room.ts";
import { putSkeleton } from "./skeleton.ts";
import { checkpoint, FAILED_GRACE_SECONDS, type StartWork } from "./start-work.ts";
import type { Stopwatch } from "./stopwatch.ts";

export interface Prepared extends SettledImage {
  readonly token: Secret;
  /** Fetches the image again, which was there and is gone: gives what to run. */
  refetch(signal: AbortSignal): Promise<string>;
  readonly mounts: readonly Mount[];
  readonly identity: Identity;
  readonly home: Mount;
}

/** From `queued` on. Rejects as soon as one of the parts fails, after all of them have ended. */
export async function prepare(room: Room, work: StartWork, stopwatch: Stopwatch): Promise<Prepared> {
  const { settings } = work;
  const entry = { ...PREPARING, message: "Preparing the home folder" };
  const row = await room.journal.step(work.row, ["queued"], entry);
  const image = new AbortController();
  const signal = AbortSignal.any([image.signal, work.cancelled, room.leaving]);
  const choosing = chooseImage(room, work, signal);
  const ready = choosing.then((chosen) => chosen.ensure(signal));
  // Its failure is looked at below, after those of the others.
  ready.catch(() => undefined);
  try {
    const [engine, credentials] = await Promise.allSettled([
      stopwatch.during("engine", () => prepareEngine(room, row, settings)),
      credentialsFor(room, row, settings),
    ]);
    if (engine.status === "rejected") throw engine.reason;
    if (credentials.status === "rejected") throw credentials.reason;
    checkpoint(room, work);
    const { token, row: known } = credentials.value;
    const { mounts, notes, identity, home } = engine.value;
    for (const message of notes) await room.journal.step(known, ["preparing"], { ...PREPARING, message });
    const { row: told, chosen } = await stopwatch.during("image", () => settleChoice(room, work, known, choosing));
    const waited = await settleImage(room, work, { row: told, chosen, ready }, stopwatch);
    const spec = homeSpec(waited.row, identity, home, waited.image);
    const filled = await stopwatch.during("engine", () => settleHome(room, work, waited.row, spec, identity.owner));
    const refetch = async (until: AbortSignal): Promise<string> => (await chosen.ensure(until)).reference;
    return { ...waited, row: filled, refetch, token, mounts, identity, home };
  } finally {
    image.abort();
  }
}

const PREPARING = { state: "preparing", step: "home", progress: 5 } as const;

interface Places extends MountPlan, Pick<Prepared, "identity" | "home"> {}

async function prepareEngine(room: Room, row: ServerRow, settings: LaunchSettings): Promise<Places> {
  await claimFiles(room.journal.db, row.user, row.userId);
  const identity = await identify(room, row, settings);
  const home = await homeMount(room, row.user, settings, identity);
  const [plan] = await Promise.all([
    planMounts(room, row.user, { mounts: settings.mounts, home: home.target }),
    home.kind === "bind"
      ? Promise.resolve()
      : room.driver.ensureVolume(volumeName(row.user), volumeLabels(room.hubId, row.user)),
    clearLeftover(room, row),
  ]);
  return { ...plan, identity, home };
}

/** What is done to the files themselves, once: their owner, and the lab's own among them. It takes an image, and so comes after it. */
async function settleHome(
  room: Room,
  work: StartWork,
  before: ServerRow,
  spec: HomeSpec,
  owner: Owner | undefined,
): Promise<ServerRow> {
  checkpoint(room, work);
  let row = before;
  const say = async (message: string): Promise<void> => {
    const entry = { state: row.state, step: "container", progress: 62, message } as const;
    row = await room.journal.step(row, ["preparing", "pulling"], entry);
  };
  const signal = AbortSignal.any([work.cancelled, room.leaving]);
  await giveToOwner(room, spec, owner, { say: () => say("Making the files yours"), signal });
  const { skeleton } = work.settings;
  if (skeleton === undefined) return row;
  checkpoint(room, work);
  const note = await putSkeleton(room, row, skeleton, spec, {
    say: () => say("Putting the lab's files into the home folder"),
    signal,
  });
  if (note !== undefined) await say(note);
  return row;
}

/** A container of an earlier start that still runs is replaced: pressing Start says so. */
async function clearLeftover(room: Room, row: ServerRow): Promise<void> {
  if ((await room.driver.observe(nameOf(row))) === undefined) return;
  room.log.warn({ server: nameOf(row) }, "a leftover of an earlier start is removed");
  await room.driver.stop(nameOf(row), { graceSeconds: FAILED_GRACE_SECONDS });
}

async function credentialsFor(
  room: Room,
  row: ServerRow,
  settings: LaunchSettings,
): Promise<Pick<Prepared, "row" | "token">> {
  const chosen = { image: settings.image, protocol: settings.protocol, profile: settings.profile };
  const save = async (more: { tokenId: number | null; gate: { epoch: string } | null }): Promise<ServerRow> => {
    const guard = { states: ["preparing"] as const, generation: row.generation };
    const saved = await room.journal.quietly(row, guard, { ...chosen, ...more });
    if (saved === undefined) throw new Superseded();
    return saved;
  };
  if (settings.protocol === "http") {
    const epoch = randomHex(8);
    const saved = await save({ tokenId: null, gate: { epoch } });
    return { row: saved, token: gateToken(room.gateKey, row, epoch) };
  }
  const { tokenId, token } = await room.credentials.issue(identityOf(row));
  return { row: await save({ tokenId, gate: null }), token };
}
