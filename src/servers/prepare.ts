/** The first part of a start: home folder, credentials and image, side by side. */
import type { Mount } from "../drivers/index.ts";
import { randomHex, type Secret, volumeName } from "../kernel/index.ts";
import type { ServerRow } from "../store/index.ts";
import { claimFiles } from "./files.ts";
import { awaitImage } from "./image-wait.ts";
import { Superseded } from "./journal.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import { volumeLabels } from "./launch-spec.ts";
import { type MountPlan, planMounts } from "./mounts.ts";
import { gateToken, identityOf, nameOf, type Room } from "./room.ts";
import { checkpoint, FAILED_GRACE_SECONDS, type StartWork } from "./start-work.ts";
import type { Stopwatch } from "./stopwatch.ts";

export interface Prepared {
  readonly row: ServerRow;
  readonly token: Secret;
  /** The image that is there to run. */
  readonly image: string;
  readonly mounts: readonly Mount[];
}

/** From `queued` on. Rejects as soon as one of the parts fails, after all of them have ended. */
export async function prepare(room: Room, work: StartWork, stopwatch: Stopwatch): Promise<Prepared> {
  const { settings } = work;
  const entry = { ...PREPARING, message: "Preparing the home folder" };
  const row = await room.journal.step(work.row, ["queued"], entry);
  const image = new AbortController();
  const signal = AbortSignal.any([image.signal, work.cancelled, room.leaving]);
  const ready = room.images?.ensure(settings.image, { signal });
  // Its failure is looked at below, after those of the others.
  ready?.catch(() => undefined);
  try {
    const [engine, credentials] = await Promise.allSettled([
      stopwatch.during("engine", () => prepareEngine(room, row, settings)),
      credentialsFor(room, row, settings),
    ]);
    if (engine.status === "rejected") throw engine.reason;
    if (credentials.status === "rejected") throw credentials.reason;
    checkpoint(room, work);
    const { token, row: known } = credentials.value;
    const { mounts, notes } = engine.value;
    for (const message of notes) await room.journal.step(known, ["preparing"], { ...PREPARING, message });
    if (ready === undefined) return { row: known, token, mounts, image: settings.image };
    const waited = await awaitImage(room, known, settings.image, ready, stopwatch);
    return { ...waited, token, mounts };
  } finally {
    image.abort();
  }
}

const PREPARING = { state: "preparing", step: "home", progress: 5 } as const;

async function prepareEngine(room: Room, row: ServerRow, settings: LaunchSettings): Promise<MountPlan> {
  await claimFiles(room.journal.db, row.user, row.userId);
  const [plan] = await Promise.all([
    planMounts(room, row.user, settings),
    room.driver.ensureVolume(volumeName(row.user), volumeLabels(room.hubId, row.user)),
    clearLeftover(room, row),
  ]);
  return plan;
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
