/** `hublet database move`: from SQLite to PostgreSQL and back. */
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";
import { moveDatabase, openStore, redactUrl, type StoreLocation } from "../../store/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { isDeployedHere } from "../deployed/find.ts";
import { statePaths } from "../instance.ts";
import { isLocked } from "../up/lock.ts";
import { configurationOf, databaseOf } from "./backup-place.ts";

/** A backup fits into either kind of database, and the hub's container alone reaches its own PostgreSQL. */
const IN_DEPLOYMENT = `Where “hublet apply” runs the hub, a database moves by a backup: “hublet backup create”; then set database or deploy.postgres in hublet.yaml and call “hublet apply”; then “hublet restore latest --database”. What people do in between is lost, so do it when nobody works. The old database is kept as it is.`;

export const databaseMove = command({
  path: ["database", "move"],
  summary: "Copy all of the database into an empty one of the other kind; the hub must be stopped",
  positionals: [],
  options: {
    to: z
      .string()
      .describe("sqlite, an address postgresql://…, or the name of a secret that holds one (it has a password in it)."),
  },
  examples: ["hublet database move --to postgresql:///hublet?host=/run/postgresql", "hublet database move --to sqlite"],
  run: async (context, _words, { to }) => {
    if (isDeployedHere(context.instance(), context)) throw new HubError("usage", IN_DEPLOYMENT);
    const loaded = await configurationOf(context);
    if (loaded instanceof HubError) throw loaded;
    const { state, secrets } = context.instance();
    const paths = statePaths(state, secrets);
    const from = databaseOf(loaded, paths, context.env);
    const secret = /^postgres(ql)?:|^sqlite$/.test(to) ? undefined : to;
    const target = targetOf(secret === undefined ? to : loaded.secret({ secret }).reveal(), paths.database);
    if (same(from, target)) throw new HubError("usage", "The database is there already. Name another place.");
    await mustBeStopped(context, state);
    // A database that has to be brought up to date is moved as it will be.
    await (await openStore(from)).close();
    const rows = await moveDatabase(from, target);
    const value = secret !== undefined ? `{secret: ${secret}}` : target.kind === "sqlite" ? "sqlite" : "that address";
    const text = [
      `${rows} rows were copied from ${nameOf(from)} to ${nameOf(target)}, and compared one by one.`,
      `Now set database in hublet.yaml to ${value}, and start the hub. The old database is kept as it is; remove it when all is well.`,
    ];
    return { json: { rows, from: nameOf(from), to: nameOf(target) }, text: text.join("\n") };
  },
});

function targetOf(to: string, file: string): StoreLocation {
  if (to === "sqlite") return { kind: "sqlite", file };
  if (/^postgres(ql)?:\/\//.test(to)) return { kind: "postgres", url: to };
  throw new HubError("usage", "The secret holds no address of PostgreSQL. It begins with postgresql://.");
}

function same(a: StoreLocation, b: StoreLocation): boolean {
  return nameOf(a) === nameOf(b);
}

function nameOf(location: StoreLocation): string {
  return location.kind === "sqlite" ? location.file : redactUrl(location.url);
}

/** @throws HubError `state-locked`: what changed meanwhile would be lost */
export async function mustBeStopped(context: CliContext, state: string): Promise<void> {
  if (!(await isLocked(state)) && !(await answers(context))) return;
  throw new HubError(
    "state-locked",
    `A hub runs on ${state}, and what it writes meanwhile would be lost. Stop it first, then try again.`,
  );
}

async function answers(context: CliContext): Promise<boolean> {
  try {
    await context.hub().request("GET", "/info", z.unknown());
    return true;
  } catch (error) {
    return !(error instanceof HubError && error.code === "hub-unreachable");
  }
}
