/** A hub that dies (SIGKILL) at a given point. Usage: node crash.ts FOLDER POINT */
import { alice, openHall } from "./hall.ts";
import { pointOf, withPoints } from "./points.ts";

const [folder = "", point = ""] = process.argv.slice(2);

function reached(here: string | undefined): void {
  if (here === point) process.kill(process.pid, "SIGKILL");
}

const { servers } = await openHall(folder, (options) => withPoints(options, reached));
servers.subscribe(({ event }) => event !== null && reached(pointOf(event)));
await servers.start({ ...alice, by: "alice" });
await servers.settled(alice, { withinMs: 10_000 });
await servers.stop({ ...alice, by: "alice" });
await servers.settled(alice, { withinMs: 10_000 });
