/** Ports that firewalls say are open to everybody. */

/** Services of firewalld by name, as far as they are ports that we might use. */
const SERVICES: Readonly<Record<string, number>> = { http: 80, https: 443, ssh: 22, "http-alt": 8080 };

/**
 * What is open in the default zone now and after the next boot: one alone is gone soon, or not there yet.
 * @param ports as firewalld's bus says them: `aas 2 2 "443" "tcp" 2 "8000-8010" "tcp"`
 * @param services likewise: `as 2 "ssh" "https"`
 * @param lasting XML of the zone's file
 */
export function openInFirewalld(ports: string, services: string, lasting: string): readonly number[] {
  const kept = new Set([
    ...attributes(lasting, "service").flatMap(({ name = "" }) => SERVICES[name] ?? []),
    ...attributes(lasting, "port").flatMap(({ port = "", protocol = "" }) => portRange(port, protocol)),
  ]);
  const now = [
    ...strings(services).flatMap((name) => SERVICES[name] ?? []),
    ...[...ports.matchAll(/2 "([^"]*)" "([^"]*)"/g)].flatMap(([, port = "", protocol = ""]) =>
      portRange(port, protocol),
    ),
  ];
  return sorted(now.filter((port) => kept.has(port)));
}

function attributes(xml: string, element: string): readonly Readonly<Record<string, string>>[] {
  return [...xml.matchAll(new RegExp(`<${element} ([^>]*)/>`, "g"))].map(([, text = ""]) =>
    Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value])),
  );
}

function strings(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"/g)].map(([, value = ""]) => value);
}

/** `443` or `8000-8010`, of TCP. */
function portRange(text: string, protocol: string): readonly number[] {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  return protocol === "tcp" ? range(Number(first), Number(last ?? first)) : [];
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
