export type { AttemptRow, AttemptRule } from "./attempts.ts";
export { countAttempt, deleteAttempt, findAttempt, purgeAttempts, putAttempt, refundAttempt } from "./attempts.ts";
export type { ClaimRow } from "./claims.ts";
export { deleteClaim, findClaim, putClaim, takeClaim } from "./claims.ts";
export { ensureFact, getFact, setFact } from "./facts.ts";
export type { Database, DatabaseKind, Store, StoreLocation } from "./open.ts";
export { openStore, redactUrl } from "./open.ts";
export type { NewServerEvent } from "./server-events.ts";
export { listServerEvents } from "./server-events.ts";
export type { ServerChanged, ServerGuard, ServerOwner, ServerPatch, ServerRow } from "./servers.ts";
export {
  changeServer,
  countServersIn,
  findServer,
  findServerById,
  findServerOwner,
  findServerOwners,
  insertServer,
  listServersIn,
  listServersOf,
  removeServer,
  renewServerLease,
  touchServerActivity,
  voidServerLeases,
} from "./servers.ts";
export type * from "./tables.ts";
export { inTransaction, isUniqueViolation } from "./transaction.ts";
export type { NewUser, UserChange, UserQuery, UserRow } from "./users.ts";
export {
  changeUser,
  countUsers,
  deleteUser,
  endSignIns,
  findUser,
  findUserById,
  insertUsers,
  listAdmins,
  listUsers,
  touchUser,
} from "./users.ts";
