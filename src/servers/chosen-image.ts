/** The image of a start: what was chosen, found out, fetched by its policy, and looked into. */
import { HubError } from "../kernel/index.ts";
import type { ServerRow } from "../store/index.ts";
import { awaitImage, within } from "./image-wait.ts";
import type { LaunchSettings } from "./launch-settings.ts";
import type { ReadyImage } from "./ports.ts";
import type { Room } from "./room.ts";
import type { StartWork } from "./start-work.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** A look into an image or a registry that is shorter than this need not be told. */
const QUIET_MS = 300;

export interface ChosenImage {
  /** The name by which it is known, and its status told. */
  readonly name: string;
  /** For the person who starts it. */
  readonly note?: string;
  /** Fetches it; may be called again when it turns out not to be there. */
  ensure(signal: AbortSignal): Promise<ReadyImage>;
}

export interface SettledImage {
  readonly row: ServerRow;
  /** What to run, with its digest when that is pinned. */
  readonly image: string;
  /** As people call it. */
  readonly named: string;
  /** As the row keeps it: named and digest. */
  readonly shown: string;
}

/**
 * What the settings name now. A remembered choice that is gone gives way to what is run without one; a registry that does not
 * answer gives way to what this host has under that name.
 * @throws HubError as the catalogue's `resolve`; the signal's reason
 */
export async function chooseImage(room: Room, work: StartWork, signal: AbortSignal): Promise<ChosenImage> {
  const { settings, row } = work;
  const { image, pull, choice } = settings;
  const { images, catalogue } = room;
  if (images === undefined) return { name: image, ensure: async () => ({ reference: image, id: "" }) };
  const plain = (name: string, policy = pull, digest?: string): ChosenImage => ({
    name,
    ensure: (until) => images.ensure(name, { signal: until, policy, ...(digest === undefined ? {} : { digest }) }),
  });
  if (choice === null || catalogue === undefined || pull === "never") return plain(image);
  try {
    const offered = room.policyOf(row.user).images.map(({ reference }) => reference);
    const found = await catalogue.resolve({ images: offered }, choice.repository, choice.tag, signal);
    return plain(found.named, pull, found.digest);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (choice.otherwise !== null && ["image-missing", "forbidden", "not-found"].includes(error.code))
      return {
        ...plain(choice.otherwise),
        note: `${image}, chosen last time, is there no more: ${choice.otherwise} runs.`,
      };
    if (error.code !== "registry-unreachable" && error.code !== "registry-refused") throw error;
    return {
      ...plain(image, "never"),
      note: `${error.message} The ${image} that this host has is started.`,
      ensure: (until) =>
        images.ensure(image, { signal: until, policy: "never" }).catch((missing: unknown) => {
          // Not here either: then the registry is what is to be mended.
          throw missing instanceof HubError && missing.code === "image-missing" ? error : missing;
        }),
    };
  }
}

/**
 * Waits for the choice. What takes long or fails is told as the image's part of the start: it would else be laid at the home
 * folder's door, whose part was the last that began.
 * @throws as `chooseImage`
 */
export async function settleChoice(
  room: Room,
  work: StartWork,
  before: ServerRow,
  choosing: Promise<ChosenImage>,
): Promise<{ readonly row: ServerRow; readonly chosen: ChosenImage }> {
  const quick = await within(room, choosing, QUIET_MS).catch(() => false);
  if (quick || work.cancelled.aborted || room.leaving.aborted) return { row: before, chosen: await choosing };
  const entry = { state: before.state, step: "image", progress: 8, message: "Asking the registry" } as const;
  const row = await room.journal.step(before, ["preparing"], entry);
  return { row, chosen: await choosing };
}

/** An image on its way. */
interface ComingImage {
  /** The server's row before the wait. */
  readonly row: ServerRow;
  readonly chosen: ChosenImage;
  readonly ready: Promise<ReadyImage>;
}

/** Waits for the image, and makes sure that it can serve what is asked of it. @throws HubError `image-unsuitable`, … */
export async function settleImage(
  room: Room,
  work: StartWork,
  { row: before, chosen, ready }: ComingImage,
  stopwatch: Stopwatch,
): Promise<SettledImage> {
  let row = before;
  const say = async (message: string): Promise<void> => {
    const entry = { state: row.state, step: "image", progress: 60, message } as const;
    row = await room.journal.step(row, ["preparing", "pulling"], entry);
  };
  if (chosen.note !== undefined) await say(chosen.note);
  const waited = await awaitImage(room, row, chosen.name, ready, stopwatch);
  row = waited.row;
  const { reference, digest } = waited.ready;
  const note = await stopwatch.during("image", () => look(room, work, waited.ready, say));
  if (note !== undefined) await say(note);
  const named = digest === undefined ? reference : chosen.name;
  const shown = digest === undefined || named.includes("@") ? named : `${named}@${digest}`;
  return { row, image: reference, named, shown };
}

async function look(
  room: Room,
  { settings, cancelled }: StartWork,
  ready: ReadyImage,
  say: (message: string) => Promise<void>,
): Promise<string | undefined> {
  if (settings.protocol !== "jupyterhub" || room.images === undefined) return undefined;
  const signal = AbortSignal.any([cancelled, room.leaving]);
  const looking = room.images.suits(ready, { ownCommand: hasOwnCommand(settings), signal });
  if (!(await within(room, looking, QUIET_MS))) await say("Looking which jupyterhub the image has");
  return looking;
}

function hasOwnCommand(settings: LaunchSettings): boolean {
  return settings.command !== undefined && settings.command[0] !== "jupyterhub-singleuser";
}
