/** What no hub asks of images, of things of others, and of the engine itself. */
import type { Attacks } from "./asked.ts";
import { HUB, IMAGE } from "./bodies.ts";

/** @param stranger id of a container of somebody else */
export const otherAttacks = (stranger: () => string): Attacks => ({
  "an image from a file (import)": () => ({
    method: "POST",
    path: "/v1.41/images/create?fromSrc=-&repo=localhost%2Fhublet-test%2Fx",
    text: "",
    headers: { "content-type": "application/x-tar" },
  }),
  "images from an archive (load)": () => ({
    method: "POST",
    path: "/v1.41/images/load",
    text: "",
    headers: { "content-type": "application/x-tar" },
  }),
  "a pull of an image that nobody named": () => ({
    method: "POST",
    path: "/v1.41/images/create?fromImage=docker.io%2Flibrary%2Falpine%3A3",
  }),
  "the name of the program's image for another": () => ({
    method: "POST",
    path: `/v1.41/images/${encodeURIComponent("localhost")}/hublet-test/attacks%3A1/tag?repo=localhost%2Fhublet-hub&tag=1`,
  }),
  "a push to a registry of somebody else": () => ({
    method: "POST",
    path: "/v1.41/images/evil.example/x/push?tag=1",
  }),
  "a command in another's container (exec)": () => ({
    method: "POST",
    path: "/v1.41/containers/strangers/exec",
    body: { Cmd: ["sh"] },
  }),
  "a command in a container of one's own (exec)": () => ({
    method: "POST",
    path: "/v1.41/containers/jupyter-ada/exec",
    body: { Cmd: ["sh"], Privileged: true },
  }),
  "a start of another's container": () => ({ method: "POST", path: "/v1.41/containers/strangers/start" }),
  "a stop of another's container": () => ({ method: "POST", path: "/v1.41/containers/strangers/stop?t=0" }),
  "the removal of another's container by its id": () => ({
    method: "DELETE",
    path: `/v1.41/containers/${stranger()}?force=true&v=true`,
  }),
  "the removal of another's container by the beginning of its id": () => ({
    method: "DELETE",
    path: `/v1.41/containers/${stranger().slice(0, 12)}?force=true&v=true`,
  }),
  "what another's container says": () => ({
    path: "/v1.41/containers/strangers/logs?stdout=true&stderr=true&tail=10",
  }),
  "the input of another's container": () => ({
    method: "POST",
    path: "/v1.41/containers/strangers/attach?stream=true&stdin=true&stdout=true&stderr=true",
    headers: { connection: "Upgrade", upgrade: "tcp" },
  }),
  "files of another's container": () => ({ path: "/v1.41/containers/strangers/archive?path=%2Fetc%2Fpasswd" }),
  "files into a container": () => ({
    method: "PUT",
    path: "/v1.41/containers/jupyter-ada/archive?path=%2F",
    text: "",
  }),
  "an image of another's container (commit)": () => ({
    method: "POST",
    path: "/v1.41/commit?container=strangers&repo=localhost%2Fhublet-test%2Fx",
  }),
  "another container's whole content (export)": () => ({ path: "/v1.41/containers/strangers/export" }),
  "other settings for a container (update)": () => ({
    method: "POST",
    path: "/v1.41/containers/jupyter-ada/update",
    body: { Memory: 0 },
  }),
  "another's volume removed": () => ({ method: "DELETE", path: "/v1.41/volumes/jupyterhub-user-bob" }),
  "a volume with a driver": () => ({
    method: "POST",
    path: "/v1.41/volumes/create",
    body: {
      Name: "jupyterhub-user-eve",
      Labels: { "hublet.hub": HUB },
      Driver: "local",
      DriverOpts: { type: "none", o: "bind", device: "/" },
    },
  }),
  "a volume of any name": () => ({
    method: "POST",
    path: "/v1.41/volumes/create",
    body: { Name: "mine", Labels: { "hublet.hub": HUB } },
  }),
  "another's network removed": () => ({ method: "DELETE", path: "/v1.41/networks/strangers" }),
  "a network that is open to the host": () => ({
    method: "POST",
    path: "/v1.41/networks/create",
    body: {
      Name: "jupyter-eve",
      Driver: "macvlan",
      CheckDuplicate: true,
      Labels: { "hublet.hub": HUB },
      Options: { parent: "eth0" },
    },
  }),
  "a server into another's network": () => ({
    method: "POST",
    path: "/v1.41/networks/strangers/connect",
    body: { Container: "jupyter-ada" },
  }),
  "everything that nobody uses removed (prune)": () => ({ method: "POST", path: "/v1.41/volumes/prune" }),
  "a plugin": () => ({ method: "POST", path: "/v1.41/plugins/pull?remote=evil" }),
  "secrets of the deployment": () => ({ path: "/v4.0.0/libpod/secrets/json" }),
  "a container by Podman's own API": () => ({
    method: "POST",
    path: "/v4.0.0/libpod/containers/create",
    body: { image: IMAGE, privileged: true },
  }),
  "a pod by Podman's own API": () => ({ method: "POST", path: "/v4.0.0/libpod/play/kube", text: "kind: Pod" }),
  "events of everybody": () => ({ path: "/v1.41/events?since=0&filters=%7B%7D" }),
  "events of another hub": () => ({
    path: `/v1.41/events?since=0&filters=${encodeURIComponent(JSON.stringify({ type: ["container"], label: ["hublet.hub=hub-2"] }))}`,
  }),
  "a path with an encoded slash": () => ({ path: "/v1.41/containers/x%2F..%2F..%2Fsecrets/json" }),
  "a path that is encoded twice": () => ({ path: "/v1.41/containers/%252e%252e/json" }),
  "a path that goes up": () => ({ path: "/v1.41/containers/../secrets/json" }),
  "a path with two slashes": () => ({ path: "//v1.41/secrets" }),
  "a version that nobody knows": () => ({ path: "/v9.99/containers/json" }),
  "a parameter that nobody uses": () => ({ method: "DELETE", path: "/v1.41/volumes/jupyterhub-user-ada?force=true" }),
  "a body where there is none": () => ({
    method: "POST",
    path: "/v1.41/containers/strangers/start",
    body: { Binds: ["/:/x"] },
  }),
  "a look at a folder that nobody mounts": () => ({
    method: "POST",
    path: "/hublet/look",
    body: { path: "/root/.ssh" },
  }),
  "images as an archive (save)": () => ({ path: "/v1.41/images/get?names=localhost%2Fhublet-hub%3A1" }),
  "an image of Podman's own API as an archive": () => ({ path: "/v4.0.0/libpod/images/x/get" }),
  "an image to another host (scp)": () => ({ method: "POST", path: "/v4.0.0/libpod/images/scp/x?destination=evil" }),
  "a volume's content by Podman's own API": () => ({ path: "/v4.0.0/libpod/volumes/jupyterhub-user-bob/export" }),
  "an image made of a container by Podman's own API": () => ({
    method: "POST",
    path: "/v4.0.0/libpod/commit?container=strangers",
  }),
  "a build by Podman's own API": () => ({
    method: "POST",
    path: "/v4.0.0/libpod/build?dockerfile=Containerfile",
    text: "",
    headers: { "content-type": "application/x-tar" },
  }),
  "a root file system of the host (rootfs)": () => ({
    method: "POST",
    path: "/v4.0.0/libpod/containers/create",
    body: { rootfs: "/" },
  }),
  "another name for a container": () => ({ method: "POST", path: "/v1.41/containers/strangers/rename?name=mine" }),
  "what runs in another's container": () => ({ path: "/v1.41/containers/strangers/top" }),
  "a signal to another's container": () => ({ method: "POST", path: "/v1.41/containers/strangers/kill?signal=KILL" }),
  "another signal": () => ({ method: "POST", path: "/v1.41/containers/strangers/kill?signal=STOP" }),
  "passwords at a registry tried out": () => ({
    method: "POST",
    path: "/v1.41/auth",
    body: { username: "x", password: "y" },
  }),
  "what a registry has, by the engine": () => ({ path: "/v1.41/distribution/evil.example/x/json" }),
  "a swarm": () => ({ method: "POST", path: "/v1.41/swarm/init", body: {} }),
  "an image of the program removed by its id's beginning": () => ({ method: "DELETE", path: "/v1.41/images/abcdef12" }),
  "the engine's folders": () => ({ path: "/v1.41/system/df" }),
  "debugging of the engine": () => ({ path: "/debug/pprof/heap" }),
});
