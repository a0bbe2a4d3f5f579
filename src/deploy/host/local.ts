import { HubError } from "../../kernel/index.ts";
import type { Host } from "./port.ts";

/** This host. @throws HubError `forbidden` unless root calls */
export async function openLocalHost(): Promise<Host> {
  throw new HubError("internal", "not written yet");
}
