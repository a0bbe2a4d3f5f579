/** Who may write into folders of the host under a daemon of root, where numbers in a container are the host's. */
import { quoted, USERS_GROUP } from "./check-container.ts";
import type { BrokerPolicy } from "./policy.ts";
import { Refusal } from "./refusal.ts";

/** Below are root and the services of the host: files that are theirs and may be run give their rights. */
const FIRST_OF_PEOPLE = 1000;
const LAST = 2 ** 31 - 1;

/**
 * User and group as numbers, said to the engine in full: of a user alone it would take the groups that the image's own files give
 * it, such as that of Docker's socket.
 * @param said the container's user as the hub says it; undefined leaves it to the image
 * @param own the image's
 * @returns `UID:GID`. A group that the configuration does not give is `users` in its place when the image says it
 * @throws Refusal
 */
export function hostNumbers(policy: BrokerPolicy, said: string | undefined, own: string): string {
  const match = /^([1-9]\d{0,9})(?::([1-9]\d{0,9}))?$/.exec(said ?? own);
  if (match === null)
    throw new Refusal(
      `the image's user ${quoted(said ?? own)} does not say by number that it runs without root, and gets a writable folder of the host. Set server.runAs to own, or take an image with “USER 1000”`,
    );
  const [, uid = "", group] = match;
  // Held to the person's account on this host, whatever its numbers are.
  if (policy.hostAccounts === true) return said ?? `${uid}:${USERS_GROUP}`;
  if (Number(uid) < FIRST_OF_PEOPLE || Number(uid) > LAST)
    throw new Refusal(
      `${uid} is the number of a service of the host, and gets a writable folder of it. Set server.runAs to own, or take an image whose user has a number from ${FIRST_OF_PEOPLE}`,
    );
  const given = group === undefined || isGiven(policy, Number(group));
  if (!given && said !== undefined) throw new Refusal(`the configuration does not give the group ${group}`);
  return `${uid}:${given ? (group ?? USERS_GROUP) : USERS_GROUP}`;
}

function isGiven({ groups }: BrokerPolicy, group: number): boolean {
  return group === USERS_GROUP || groups === null || groups.includes(group);
}
