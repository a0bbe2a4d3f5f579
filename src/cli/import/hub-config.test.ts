import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "./hub-config.ts";

test("literals are read as Python reads them, and what code works out is named without a value", () => {
  const text = `# comment
c.JupyterHub.bind_url = "http://0.0.0.0:8000"
c.Authenticator.admin_users = {"admin", 'ann' "a"}  # two
c.DockerSpawner.volumes = {
    "/srv/data": {"bind": "/home/jovyan/data", "mode": "ro"},  # shared
    r'/srv\\x': '/y',
}
c.Spawner.mem_limit = (
    "2G"
)
c.Spawner.cpu_limit = 1_0.5
c.JupyterHub.services = [{"name": "cull", "command": [sys.executable, "-m", "x"]}]
pull = os.environ["PULL"]
c.DockerSpawner.remove = True
c.Spawner.notebook_dir = f"/home/{name}"
c.X.sum = 1 + 2
if c.X.other == 3:
    c.X.inner = 4
EMPTY = ()
`;
  const values = Object.fromEntries(readSettings(text).map(({ name, value }) => [name, value]));
  assert.deepEqual(values, {
    "JupyterHub.bind_url": "http://0.0.0.0:8000",
    "Authenticator.admin_users": ["admin", "anna"],
    "DockerSpawner.volumes": { "/srv/data": { bind: "/home/jovyan/data", mode: "ro" }, "/srv\\x": "/y" },
    "Spawner.mem_limit": "2G",
    "Spawner.cpu_limit": 10.5,
    "JupyterHub.services": undefined,
    pull: undefined,
    "DockerSpawner.remove": true,
    "Spawner.notebook_dir": undefined,
    "X.sum": undefined,
    EMPTY: [],
  });
  assert.equal(readSettings(text).find(({ name }) => name === "pull")?.line, 13);
});
