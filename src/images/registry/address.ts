/** Where a registry is reached, by its address as image names begin with it. */

/** Host and port for URLs: Docker Hub answers elsewhere than it is named. */
export function hostOf(address: string): string {
  return address === "docker.io" ? "registry-1.docker.io" : address;
}

/** Repository, or pattern of one, as its registry knows it: Docker Hub keeps names of one word in `library`. */
export function pathAt(address: string, repository: string): string {
  return address === "docker.io" && !/[/*]/.test(repository) ? `library/${repository}` : repository;
}

/** Whether a host, with or without its port, is this machine's loopback. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
}

/** Origins to try in order: TLS first, plain HTTP only where it is allowed. */
export function originsOf(address: string, insecure: boolean): string[] {
  const host = hostOf(address);
  return insecure || isLoopback(host) ? [`https://${host}`, `http://${host}`] : [`https://${host}`];
}
