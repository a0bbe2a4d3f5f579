/** A dummy that would be open to other computers by the address a hub really listens on. */
import { dummyExposure } from "../check/sign-in.ts";
import { type Problem, problemAt } from "../diagnostics.ts";
import type { ConfigSnapshot } from "../snapshot.ts";

/** The address that is listened on may be another than the file's: by the command line, or since the start. */
export function exposedDummy(snapshot: ConfigSnapshot, listening: string | undefined): Problem | undefined {
  const message = dummyExposure(snapshot.config, listening);
  const path = ["signIn", "dummy"];
  const place = snapshot.placeOf(path);
  return message === undefined || place === undefined ? undefined : problemAt(place, path, message);
}
