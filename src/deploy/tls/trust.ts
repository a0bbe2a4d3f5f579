/** How a device comes to trust the hub's own authority. */
import { basename } from "node:path";

/**
 * Lines for people, device by device.
 * @param file of the authority's certificate
 * @param host whose authority it is
 */
export function trustLines(file: string, host: string): readonly { readonly on: string; readonly do: string }[] {
  const name = basename(file);
  const own = `hublet-${host.replaceAll(/[^A-Za-z0-9.-]/g, "-")}.crt`;
  return [
    {
      on: "Firefox",
      do: `Settings › Privacy & Security › View Certificates › Authorities › Import: ${name}; tick “Trust this CA to identify websites”`,
    },
    {
      on: "Chromium, Chrome on Linux (certutil is in libnss3-tools, on Fedora nss-tools)",
      do: `mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n "Hublet ${host}" -i ${name}`,
    },
    {
      on: "Debian, Ubuntu",
      do: `sudo cp ${name} /usr/local/share/ca-certificates/${own} && sudo update-ca-certificates`,
    },
    {
      on: "Fedora, RHEL",
      do: `sudo cp ${name} /etc/pki/ca-trust/source/anchors/${own} && sudo update-ca-trust`,
    },
    {
      on: "macOS",
      do: `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${name}`,
    },
    { on: "Windows (as administrator)", do: `certutil -addstore -f Root ${name}` },
  ];
}
