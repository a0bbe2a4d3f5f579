"""What a server finds of its settings, from inside. As a program of its own it tells that to whoever asks by HTTP."""

import http.server
import json
import os
import signal
import sys


def look_around():
    with open("/proc/mounts") as mounts:
        places = [line.split()[1] for line in mounts]
    said = ("JUPYTER_IMAGE", "JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_DEFAULT_URL")
    return {
        **{name: os.environ.get(name) for name in said},
        "speaksHub": "JUPYTERHUB_API_TOKEN" in os.environ,
        "mounts": places,
        "readOnlyRoot": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
    }


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({**look_around(), "port": self.server.server_port}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if sys.argv[1:2] == ["serve"]:
    stubborn = sys.argv[3:] == ["stubborn"]
    signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else lambda *_: sys.exit(0))
    http.server.ThreadingHTTPServer(("", int(sys.argv[2])), Page).serve_forever()
