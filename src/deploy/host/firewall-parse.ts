/** Ports that firewalls say are open to everybody. */

/** Services of firewalld by name, as far as they are ports that we might use. */
const SERVICES: Readonly<Record<string, number>> = { http: 80, https: 443, ssh: 22, "http-alt": 8080 };

/** Reads `firewall-cmd --list-all`: the lines `services:` and `ports:`. Ranges (`8000-8010/tcp`) count in full. */
export function openInFirewalld(text: string): readonly number[] {
  const values = (key: string): readonly string[] =>
    (new RegExp(`^ *${key}: *(.*)$`, "m").exec(text)?.[1] ?? "").split(/\s+/).filter((word) => word !== "");
  const services = values("services").flatMap((name) => SERVICES[name] ?? []);
  const ports = values("ports").flatMap((entry) => {
    const [, first, last, protocol] = /^(\d+)(?:-(\d+))?\/(\w+)$/.exec(entry) ?? [];
    return protocol === "tcp" ? range(Number(first), Number(last ?? first)) : [];
  });
  return sorted([...services, ...ports]);
}

/**
 * Reads ufw's `user.rules`, where each rule has a comment: `### tuple ### allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in`. Rules
 * for one interface or some addresses open a port for some only and do not count.
 */
export function openInUfw(text: string): readonly number[] {
  return sorted(
    [
      ...text.matchAll(
        /^### tuple ### allow (?:tcp|any) ([\d,:]+) 0\.0\.0\.0\/0 any 0\.0\.0\.0\/0 (?:\S+ \S+ )?in(?: comment=\w+)?$/gm,
      ),
    ].flatMap(([, ports = ""]) =>
      ports.split(",").flatMap((entry) => {
        const [first, last] = entry.split(":");
        return range(Number(first), Number(last ?? first));
      }),
    ),
  );
}

function range(first: number, last: number): readonly number[] {
  if (!(first >= 1 && last <= 65_535 && first <= last)) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function sorted(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
