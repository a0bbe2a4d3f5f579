/**
 * A site of nginx before Hublet, complete: what people forget costs them uploads of more than 1 MB, websockets, or real
 * addresses in the limits on sign-in.
 */

export interface NginxSite {
  /** Name or address that people type, as it stands in a URL. */
  readonly host: string;
  /** Where nginx reaches Hublet: `127.0.0.1:8000`. */
  readonly hublet: string;
  /** Absolute paths on nginx's host, of letters that mean nothing to nginx (`isNginxPath`). */
  readonly certificate: string;
  readonly key: string;
  /** modern: TLS 1.3 alone. */
  readonly profile: "modern" | "intermediate";
  /** Seconds for which browsers use HTTPS alone; undefined: nothing is said. */
  readonly hsts: number | undefined;
  /** Port of HTTPS. */
  readonly port: number;
  /** Port of plain HTTP, where the way to HTTPS is told; undefined: none. */
  readonly redirectFrom: number | undefined;
  /** Lines of `hublet.yaml` that go with it. */
  readonly lines: string;
}

/** Whether a path can stand in the text as it is: nginx has no way to write `$`. */
export function isNginxPath(path: string): boolean {
  return /^\/[A-Za-z0-9._/@+:,=~-]+$/.test(path);
}

/** Mozilla's list without those that need a file of parameters of one's own (DHE). */
const INTERMEDIATE_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** The text of a file for `/etc/nginx/conf.d` or `sites-available`. */
export function nginxSite(site: NginxSite): string {
  return `# nginx before Hublet at ${site.host}: all of it is one file, for /etc/nginx/conf.d/hublet.conf
# (on Debian also sites-available, with a link in sites-enabled).
#
# SELinux (Fedora, RHEL) forbids nginx to reach Hublet until this is said once:
#   setsebool -P httpd_can_network_connect on
# A host without IPv6 refuses the lines with [::]; remove them there.
#
# hublet.yaml says with it:
${site.lines.trimEnd().replaceAll(/^/gm, "#   ")}

# Websockets ask for another protocol on the way; nothing else does.
map $http_upgrade $hublet_connection {
  default upgrade;
  ''      close;
}
${site.redirectFrom === undefined ? "" : redirect(site, site.redirectFrom)}
server {
  # nginx 1.25.1 and later call this “http2 on;” and warn of the older form, which all of them take.
  listen ${site.port} ssl http2;
  listen [::]:${site.port} ssl http2;
  server_name ${site.host};

  ssl_certificate     ${site.certificate};
  ssl_certificate_key ${site.key};
${tlsLines(site)}${site.hsts === undefined ? "" : `\n  add_header Strict-Transport-Security "max-age=${site.hsts}" always;\n`}
  # Files of any size: nginx itself stops at 1 MB.
  client_max_body_size 0;
  client_body_timeout 10m;
  send_timeout 10m;

  location / {
    proxy_pass http://${site.hublet};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $hublet_connection;

    # What people typed and where they are. Nothing that they claim about themselves is passed on.
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Port $server_port;
    proxy_set_header X-Scheme $scheme;

    # Uploads and downloads pass as they come, and are never kept on nginx's disk; progress is seen at once.
    proxy_request_buffering off;
    proxy_buffering off;

    # A notebook may compute for hours without a word; Hublet ends what is to end.
    proxy_read_timeout 1d;
    proxy_send_timeout 1d;
  }
}
`;
}

function redirect({ host, port }: NginxSite, from: number): string {
  return `
# Plain HTTP tells the way to HTTPS, and serves nothing but what an authority asks for to prove this host (ACME).
server {
  listen ${from};
  listen [::]:${from};
  server_name ${host};
  location /.well-known/acme-challenge/ {
    root /var/www/html;
  }
  location / {
    return 301 https://${host}${port === 443 ? "" : `:${port}`}$request_uri;
  }
}
`;
}

function tlsLines({ profile }: NginxSite): string {
  const modern = profile === "modern";
  return `  ssl_protocols ${modern ? "TLSv1.3" : "TLSv1.2 TLSv1.3"};
${modern ? "" : `  ssl_ciphers ${INTERMEDIATE_CIPHERS};\n`}  ssl_prefer_server_ciphers off;
  ssl_session_timeout 1d;
  ssl_session_cache shared:Hublet:10m;
  ssl_session_tickets off;
`;
}
