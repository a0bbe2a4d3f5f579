/** Docker and Compose have no timers: what is done at a time of day is a line of cron. */

/** The plugin, or the program of its own that some distributions have in its place. */
const COMPOSE = "$(docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)";

/**
 * A line for root's crontab that runs a service of the project once. Without a terminal, which cron has none of; and without
 * what the service depends on, which Compose would start anew where it did not start it itself.
 * @param schedule as systemd has it: `*-*-* 03:30:00`
 * @param folder of the project, absolute
 */
export function cronLine(schedule: string, folder: string, name: string): string {
  const [, hour = "", minute = ""] = /(\d\d):(\d\d)/.exec(schedule) ?? [];
  return `${Number(minute)} ${Number(hour)} * * * cd ${folder} && ${COMPOSE} run --rm --no-deps -T ${name}`;
}
