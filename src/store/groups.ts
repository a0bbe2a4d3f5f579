/** Rows of groups and of memberships that were given by hand. */
import type { Selectable } from "kysely";
import type { UserName } from "../kernel/index.ts";
import type { Database } from "./database.ts";
import { objectOf } from "./json.ts";
import type { GroupsTable } from "./tables.ts";

export interface GroupRow {
  readonly id: number;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A membership by hand. */
export interface MembershipRow {
  readonly groupId: number;
  readonly userId: number;
}

/** At most this many rows in one statement: databases limit the parameters of one. */
const CHUNK = 500;

/** By name, in the order of code units. */
export async function listGroups(db: Database): Promise<GroupRow[]> {
  const rows = await db.selectFrom("groups").selectAll().execute();
  return rows.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function findGroup(db: Database, name: string): Promise<GroupRow | undefined> {
  const row = await db.selectFrom("groups").selectAll().where("name", "=", name).executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** Undefined when there is one of that name. */
export async function insertGroup(db: Database, name: string): Promise<GroupRow | undefined> {
  const row = await db
    .insertInto("groups")
    .values({ name, properties: "{}" })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : rowOf(row);
}

/** Deletes a group with its memberships and the shares given to it. */
export async function deleteGroup(db: Database, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom("groups").where("id", "=", id).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** False when it is gone. */
export async function setGroupProperties(
  db: Database,
  id: number,
  properties: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("groups")
    .set({ properties: JSON.stringify(properties) })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Those who are members already stay. */
export async function insertMemberships(db: Database, memberships: readonly MembershipRow[]): Promise<void> {
  for (let start = 0; start < memberships.length; start += CHUNK) {
    await db
      .insertInto("group_members")
      .values(
        memberships.slice(start, start + CHUNK).map(({ groupId, userId }) => ({ group_id: groupId, user_id: userId })),
      )
      .onConflict((conflict) => conflict.columns(["group_id", "user_id"]).doNothing())
      .execute();
  }
}

export async function deleteMemberships(db: Database, groupId: number, userIds: readonly number[]): Promise<void> {
  for (let start = 0; start < userIds.length; start += CHUNK) {
    await db
      .deleteFrom("group_members")
      .where("group_id", "=", groupId)
      .where("user_id", "in", userIds.slice(start, start + CHUNK))
      .execute();
  }
}

/** Every membership by hand. */
export async function listMemberships(db: Database): Promise<MembershipRow[]> {
  const rows = await db.selectFrom("group_members").selectAll().execute();
  return rows.map((row) => ({ groupId: row.group_id, userId: row.user_id }));
}

/** Names of the members by hand, sorted. */
export async function listMembersOf(db: Database, groupId: number): Promise<UserName[]> {
  const rows = await db
    .selectFrom("group_members")
    .innerJoin("users", "users.id", "group_members.user_id")
    .select("users.name")
    .where("group_members.group_id", "=", groupId)
    .orderBy("users.name")
    .execute();
  return rows.map((row) => row.name as UserName);
}

/** Groups that a person was put into by hand. */
export async function listGroupsOf(db: Database, userId: number): Promise<GroupRow[]> {
  const rows = await db
    .selectFrom("group_members")
    .innerJoin("groups", "groups.id", "group_members.group_id")
    .selectAll("groups")
    .where("group_members.user_id", "=", userId)
    .orderBy("groups.name")
    .execute();
  return rows.map(rowOf);
}

function rowOf(row: Selectable<GroupsTable>): GroupRow {
  return { id: row.id, name: row.name, properties: objectOf(row.properties) };
}
