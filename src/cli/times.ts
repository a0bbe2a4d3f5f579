/** Times for people to read. */

/** `2030-01-02 03:04 UTC`. @param iso ISO 8601 in UTC, as the hub says times; anything else is shown as it is */
export function readableTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:.*Z$/.test(iso) ? `${iso.slice(0, 16).replace("T", " ")} UTC` : iso;
}
