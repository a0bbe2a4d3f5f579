/** A process that holds the lock of a host and runs a command on it until it is killed. Argument: JSON for \`openHost\`. */
import { openHost } from "./open.ts";

const [options = "{}", pidFile = ""] = process.argv.slice(2);
const host = await openHost({ interactive: false, note: () => undefined, target: undefined, ...JSON.parse(options) });
await host.lock();
const running = host.run(["sh", "-c", 'echo $$ > "$1"; sleep 600 & wait', "sh", pidFile], { timeout: 600_000 });
process.stdout.write("held\n");
await running;
