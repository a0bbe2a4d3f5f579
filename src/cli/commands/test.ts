/** `hublet test`: everything that `npm test` runs, with what it needs installed first. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { installPackages, missingPackages, readHost } from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { ensureWeb } from "../up/web-build.ts";

/** Programs that only the tests need: package of Debian, a file that proves it is there, and what for. */
const TEST_PROGRAMS = [
  { name: "chromium", proof: ["/usr/bin/chromium"], why: "drives the web pages as a person does" },
  {
    name: "docker.io",
    proof: ["/usr/sbin/dockerd", "/usr/bin/dockerd"],
    why: "runs the driver's contract suite on Docker",
  },
  { name: "docker-compose", proof: ["/usr/bin/docker-compose"], why: "runs the Compose file that is rendered" },
  { name: "postgresql", proof: ["/usr/lib/postgresql"], why: "runs the store's suite on PostgreSQL" },
  { name: "docker-registry", proof: ["/usr/bin/docker-registry"], why: "is a registry to pull from" },
  { name: "curl", proof: ["/usr/bin/curl", "/bin/curl"], why: "asks the registry as another account of the host" },
  {
    name: "git",
    proof: ["/usr/bin/git", "/usr/local/bin/git"],
    why: "has the repositories that images are built from",
  },
  { name: "procps", proof: ["/usr/bin/ps", "/bin/ps"], why: "tells which processes run" },
  { name: "busybox-static", proof: ["/bin/busybox", "/usr/bin/busybox"], why: "makes tiny images" },
  { name: "systemd-container", proof: ["/usr/bin/systemd-nspawn"], why: "boots disposable hosts with systemd" },
  {
    name: "qemu-system-x86",
    proof: ["/usr/bin/qemu-system-x86_64"],
    why: "emulates a host whose kernel can limit servers",
  },
  { name: "openssh-server", proof: ["/usr/sbin/sshd"], why: "is a host behind ssh, on a port of the loopback" },
  { name: "sudo", proof: ["/usr/bin/sudo"], why: "lets the tests become root there by a password" },
  { name: "iproute2", proof: ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"], why: "gives each of them a network" },
  { name: "ansible-core", proof: ["/usr/bin/ansible-playbook"], why: "is what “hublet apply” is compared with" },
  { name: "nginx-light", proof: ["/usr/sbin/nginx"], why: "stands before Hublet with the site that is written for it" },
  { name: "libnss3-tools", proof: ["/usr/bin/certutil"], why: "lets Chromium trust the hub's own authority" },
  { name: "python3", proof: ["/usr/bin/python3"], why: "runs the bridge between a server and the hub" },
] as const;

export const testCommand = command({
  path: ["test"],
  summary: "Run all checks and tests, installing what they need",
  positionals: [{ name: "files", description: "Only these test files.", optional: true, variadic: true }],
  options: { yes: z.boolean().default(false).describe("Install missing packages without asking.") },
  examples: ["hublet test", "hublet test src/config/load.test.ts"],
  run: async (context, words, options) => {
    const runner = join(context.root, "test", "run.ts");
    if (!existsSync(runner))
      throw new HubError("not-found", "This copy of Hublet has no tests: they come with the source repository.");
    if (words.length === 0) await installNeeds(context, options.yes);
    await ensureWeb(context.root, context.note);
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", runner, ...words], {
      cwd: context.root,
      stdio: "inherit",
    });
    await once(child, "exit");
    return { json: { passed: child.exitCode === 0 }, text: "", exitCode: child.exitCode ?? 1 };
  },
});

/** Without a terminal there is nobody to ask, and who runs the tests as root there (a CI) wants them to pass. */
async function installNeeds(context: CliContext, yes: boolean): Promise<void> {
  const facts = await readHost({});
  const missing = [
    ...missingPackages(facts, { engine: "podman", buildImages: true }),
    ...TEST_PROGRAMS.filter((program) => !program.proof.some((file) => existsSync(file))).map(({ name, why }) => ({
      name,
      why,
    })),
  ];
  if (missing.length === 0) return;
  context.note(
    `The tests need packages that are not installed: ${missing.map((entry) => `${entry.name} (${entry.why})`).join(", ")}.`,
  );
  await installPackages({
    facts,
    missing,
    yes: yes || !context.interactive || context.env.HUBLET_YES === "1",
    ...(context.interactive ? { ask: context.confirm } : {}),
    log: context.note,
  });
}
