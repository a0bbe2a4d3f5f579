/**
 * Whose files a volume holds. Volumes are named after people (field convention), and names can be given again: the
 * person's row id, kept beside the name, tells the second Ada from the first (D25 of the field).
 */
import { HubError, type UserName, volumeName } from "../kernel/index.ts";
import { type Database, deleteFact, ensureFact, getFact } from "../store/index.ts";

/** Fact that says which number all files of a volume were given to; absent while they are as the image made them. */
export const ownerFact = (volume: string): string => `owner-of:${volume}`;
const factOf = (user: UserName): string => `files-of:${volumeName(user)}`;

/**
 * Makes the person the owner of the volume of their name. One that nobody owned yet is theirs: it may come from an
 * earlier installation, whose data is to be found again.
 * @throws HubError `conflict` when the files are those of an earlier person of that name
 */
export async function claimFiles(db: Database, user: UserName, userId: number): Promise<void> {
  const owner = await ensureFact(db, factOf(user), () => String(userId));
  if (owner === String(userId)) return;
  throw new HubError(
    "conflict",
    `There are files of an earlier person named “${user}”, who was removed; nobody gets them by having the name. An admin decides: “hublet user add ${user} --hand-over-files” if it is the same person, or “hublet user remove ${user} --erase” and add them again if it is not.`,
  );
}

/** Whether there are files of an earlier person of that name. */
export async function holdsFilesOfOther(db: Database, user: UserName, userId: number): Promise<boolean> {
  const owner = await getFact(db, factOf(user));
  return owner !== undefined && owner !== String(userId);
}

/** The files are erased, or handed over: whoever has the name at the next start owns them. */
export async function forgetFilesOwner(db: Database, user: UserName): Promise<void> {
  await deleteFact(db, factOf(user));
  await deleteFact(db, ownerFact(volumeName(user)));
}
