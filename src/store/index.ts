export type { AttemptRow, AttemptRule } from "./attempts.ts";
export {
  countAttempt,
  deleteAttempt,
  findAttempts,
  listHeld,
  purgeAttempts,
  putAttempt,
  refundAttempt,
} from "./attempts.ts";
export type { BoundLoginRow } from "./bound-logins.ts";
export { bindLogins, listBoundLogins, listBoundLoginsOf, releaseLogins } from "./bound-logins.ts";
export type { ClaimRow } from "./claims.ts";
export { deleteClaim, findClaim, putClaims, takeClaim } from "./claims.ts";
export { copyDatabase, linesOf, moveDatabase, replaceDatabase, restoreCopy } from "./copy/copy.ts";
export type { DumpLine } from "./copy/dump.ts";
export { asBytes, fromBytes } from "./copy/dump.ts";
export type { Rehearsal } from "./copy/rehearse.ts";
export { pendingMigrations, rehearseMigrations } from "./copy/rehearse.ts";
export { deleteFact, ensureFact, getFact, setFact } from "./facts.ts";
export type { GroupRow, MembershipRow } from "./groups.ts";
export {
  deleteGroup,
  deleteMemberships,
  findGroup,
  insertGroup,
  insertMemberships,
  listGroups,
  listGroupsOf,
  listMemberships,
  listMembersOf,
  setGroupProperties,
} from "./groups.ts";
export type { IdentityChange, IdentityRow, Instance, OwnedIdentityRow } from "./identities.ts";
export {
  changeIdentity,
  deleteIdentity,
  findIdentity,
  findIdentityById,
  listDueIdentities,
  listIdentities,
  listIdentitiesOf,
  upsertIdentity,
} from "./identities.ts";
export type { NewOauthClientRow, OauthClientRow, OauthCodeRow } from "./oauth.ts";
export {
  findOauthClient,
  findOauthCode,
  insertOauthCode,
  purgeOauthCodes,
  redeemOauthCode,
  removeOauthClient,
  replaceOauthClient,
} from "./oauth.ts";
export type { Database, DatabaseKind, Store, StoreLocation } from "./open.ts";
export { openAsIs, openStore, redactUrl } from "./open.ts";
export type { SecondFactorRow } from "./second-factors.ts";
export {
  deleteSecondFactor,
  findSecondFactor,
  listWithSecondFactor,
  putSecondFactor,
  takeRecoveryCode,
  useSecondFactorStep,
} from "./second-factors.ts";
export type { NewServerEvent } from "./server-events.ts";
export { listServerEvents } from "./server-events.ts";
export type { ServerNote, ServerPatch, ServerRow } from "./server-rows.ts";
export type { ServerChanged, ServerGuard, ServerOwner } from "./servers.ts";
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
export type { BrowserRow, NewSessionRow, SessionRow } from "./sessions.ts";
export {
  endSession,
  endSessionOfUser,
  findSession,
  findSessionByPublicId,
  insertSession,
  listSessionsOf,
  purgeSessions,
} from "./sessions.ts";
export type { ShareCodeQuery, ShareCodeRow } from "./share-codes.ts";
export {
  deleteShareCodes,
  exchangeShareCode,
  findShareCode,
  insertShareCode,
  listShareCodes,
  purgeShareCodes,
} from "./share-codes.ts";
export type { GranteeRef, SharedServer, ShareQuery, ShareRow } from "./shares.ts";
export { deleteSharesOf, findShare, grantShare, listGivenTo, listShares, revokeShare } from "./shares.ts";
export type { NewSignUpRow, SignUpRow } from "./sign-ups.ts";
export {
  countSignUps,
  deleteSignUp,
  deleteSignUpsOf,
  findSignUp,
  findSignUpsOf,
  insertSignUp,
  listSignUps,
  purgeSignUps,
  takeSignUp,
} from "./sign-ups.ts";
export type * from "./tables.ts";
export type { NewTokenRow, OwnerRow, TokenRow } from "./tokens.ts";
export {
  deleteToken,
  deleteTokensByNote,
  deleteTokensOfClient,
  findToken,
  findTokenByHash,
  insertToken,
  listScopesGivenTo,
  listTokensOf,
  purgeTokens,
  touchToken,
} from "./tokens.ts";
export { inTransaction, isUniqueViolation } from "./transaction.ts";
export type { UidRange } from "./uids.ts";
export { ensureUid } from "./uids.ts";
export type { NewStanding, NewUser, StandingRow, UserChange, UserQuery, UserRow } from "./users.ts";
export {
  changeUser,
  countUsers,
  deleteUser,
  endSignIns,
  endSignInsOf,
  findUser,
  findUserById,
  findUsers,
  insertUsers,
  listAdmins,
  listStandings,
  listUsers,
  setStandings,
  touchUser,
} from "./users.ts";
