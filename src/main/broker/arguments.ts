/** The broker's command line. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";

const absolute = z.string().regex(/^\/[^\0]*$/, "must be an absolute path");
const schema = z.object({
  engine: z.enum(["podman", "docker"]),
  "engine-socket": absolute,
  "listen-socket": absolute,
  "socket-mode": z
    .string()
    .regex(/^0?[0-7]{3}$/, "must be an octal mode")
    .default("0600"),
  config: absolute,
  state: absolute,
  /** Folder of the broker's own. */
  own: absolute,
  /** Where the host's file system is; empty: this process sees it itself. */
  "host-root": z.union([z.literal(""), absolute]).default(""),
  /** Folder for copies of what the hub sees of the host's /etc. */
  share: absolute.optional(),
  /** Folders that servers never see, beside the state, the configuration and the broker's own. */
  closed: z.array(absolute).default([]),
});
export type BrokerArguments = z.output<typeof schema>;

/** @throws HubError `usage` */
export function parseBrokerArguments(argv: readonly string[]): BrokerArguments {
  try {
    const text = { type: "string" } as const;
    const { values } = parseArgs({
      args: [...argv],
      options: {
        engine: text,
        "engine-socket": text,
        "listen-socket": text,
        "socket-mode": text,
        config: text,
        state: text,
        own: text,
        "host-root": text,
        share: text,
        closed: { type: "string", multiple: true },
      },
    });
    const result = schema.safeParse(values);
    if (result.success) return result.data;
    throw new Error(result.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("; "));
  } catch (error) {
    throw new HubError(
      "usage",
      `The broker was started in a wrong way: ${messageOf(error)}. “hublet apply” writes the unit that starts it.`,
    );
  }
}
