/** The list of all commands; each is loaded only when it is called. */
import type { Command } from "../command.ts";

export interface CommandEntry {
  readonly path: readonly string[];
  load(): Promise<Command>;
}

const user = () => import("./user.ts");
const requests = () => import("./user-requests.ts");
const group = () => import("./group.ts");
const auth = () => import("./auth.ts");
const server = () => import("./server.ts");
const image = () => import("./image.ts");
const imageBuild = () => import("./image-build.ts");
const imageBuilds = () => import("./image-builds.ts");
const token = () => import("./token.ts");
const config = () => import("./config.ts");
const backup = () => import("./backup.ts");
const render = () => import("./render.ts");
const secrets = () => import("./secrets.ts");
const shares = () => import("./secrets-share.ts");

export const commandIndex: readonly CommandEntry[] = [
  { path: ["init"], load: async () => (await import("./init.ts")).init },
  { path: ["up"], load: async () => (await import("./up.ts")).up },
  { path: ["plan"], load: async () => (await import("./plan.ts")).plan },
  { path: ["apply"], load: async () => (await import("./apply.ts")).apply },
  { path: ["upgrade"], load: async () => (await import("./upgrade.ts")).upgrade },
  { path: ["rollback"], load: async () => (await import("./rollback.ts")).rollback },
  { path: ["generations"], load: async () => (await import("./generations.ts")).generations },
  { path: ["uninstall"], load: async () => (await import("./uninstall.ts")).uninstall },
  { path: ["status"], load: async () => (await import("./status.ts")).status },
  { path: ["doctor"], load: async () => (await import("./doctor.ts")).doctor },
  { path: ["shell"], load: async () => (await import("./shell.ts")).shell },
  { path: ["logs"], load: async () => (await import("./logs.ts")).logs },
  { path: ["user", "add"], load: async () => (await user()).userAdd },
  { path: ["user", "list"], load: async () => (await user()).userList },
  { path: ["user", "remove"], load: async () => (await user()).userRemove },
  { path: ["user", "passwd"], load: async () => (await user()).userPasswd },
  { path: ["user", "admin"], load: async () => (await user()).userAdmin },
  { path: ["import", "compose"], load: async () => (await import("./import.ts")).importCompose },
  { path: ["import", "passwords"], load: async () => (await import("./import.ts")).importPasswords },
  { path: ["user", "import"], load: async () => (await import("./user-import.ts")).userImport },
  { path: ["user", "requests"], load: async () => (await requests()).userRequests },
  { path: ["user", "approve"], load: async () => (await requests()).userApprove },
  { path: ["user", "refuse"], load: async () => (await requests()).userRefuse },
  { path: ["group", "list"], load: async () => (await group()).groupList },
  { path: ["group", "show"], load: async () => (await group()).groupShow },
  { path: ["group", "create"], load: async () => (await group()).groupCreate },
  { path: ["group", "remove"], load: async () => (await group()).groupRemove },
  { path: ["group", "add"], load: async () => (await group()).groupAdd },
  { path: ["group", "drop"], load: async () => (await group()).groupDrop },
  { path: ["auth", "explain"], load: async () => (await auth()).authExplain },
  { path: ["auth", "lockouts"], load: async () => (await auth()).authLockouts },
  { path: ["auth", "unlock"], load: async () => (await auth()).authUnlock },
  { path: ["auth", "reset-second-factor"], load: async () => (await auth()).authResetSecondFactor },
  { path: ["server", "list"], load: async () => (await server()).serverList },
  { path: ["server", "start"], load: async () => (await server()).serverStart },
  { path: ["server", "stop"], load: async () => (await server()).serverStop },
  { path: ["server", "logs"], load: async () => (await server()).serverLogs },
  { path: ["image", "build"], load: async () => (await imageBuild()).imageBuild },
  { path: ["image", "release"], load: async () => (await imageBuild()).imageRelease },
  { path: ["image", "builds"], load: async () => (await imageBuilds()).imageBuilds },
  { path: ["image", "log"], load: async () => (await imageBuilds()).imageLog },
  { path: ["image", "cancel"], load: async () => (await imageBuilds()).imageCancel },
  { path: ["image", "list"], load: async () => (await image()).imageList },
  { path: ["image", "show"], load: async () => (await image()).imageShow },
  { path: ["image", "tag"], load: async () => (await image()).imageTag },
  { path: ["image", "push"], load: async () => (await image()).imagePush },
  { path: ["image", "rm"], load: async () => (await image()).imageRm },
  { path: ["image", "gc"], load: async () => (await image()).imageGc },
  { path: ["image", "gc-registry"], load: async () => (await import("./image-gc-registry.ts")).imageGcRegistry },
  { path: ["image", "login"], load: async () => (await import("./image-login.ts")).imageLogin },
  { path: ["image", "prepull"], load: async () => (await image()).imagePrepull },
  { path: ["token", "create"], load: async () => (await token()).tokenCreate },
  { path: ["token", "list"], load: async () => (await token()).tokenList },
  { path: ["token", "revoke"], load: async () => (await token()).tokenRevoke },
  { path: ["config", "check"], load: async () => (await config()).configCheck },
  { path: ["config", "show"], load: async () => (await config()).configShow },
  { path: ["config", "diff"], load: async () => (await config()).configDiff },
  { path: ["config", "schema"], load: async () => (await config()).configSchema },
  { path: ["secrets", "init"], load: async () => (await import("./secrets-init.ts")).secretsInit },
  { path: ["secrets", "set"], load: async () => (await secrets()).secretsSet },
  { path: ["secrets", "edit"], load: async () => (await import("./secrets-edit.ts")).secretsEdit },
  { path: ["secrets", "list"], load: async () => (await secrets()).secretsList },
  { path: ["secrets", "show"], load: async () => (await secrets()).secretsShow },
  { path: ["secrets", "remove"], load: async () => (await secrets()).secretsRemove },
  { path: ["secrets", "share"], load: async () => (await shares()).secretsShare },
  { path: ["secrets", "unshare"], load: async () => (await shares()).secretsUnshare },
  { path: ["secrets", "rotate"], load: async () => (await shares()).secretsRotate },
  { path: ["secrets", "import"], load: async () => (await import("./secrets-import.ts")).secretsImport },
  { path: ["tls", "import"], load: async () => (await import("./tls-import.ts")).tlsImport },
  { path: ["tls", "selfsigned"], load: async () => (await import("./tls-selfsigned.ts")).tlsSelfsigned },
  { path: ["tls", "show"], load: async () => (await import("./tls.ts")).tlsShow },
  { path: ["render", "quadlet"], load: async () => (await render()).renderQuadlet },
  { path: ["render", "compose"], load: async () => (await render()).renderCompose },
  { path: ["render", "kube"], load: async () => (await render()).renderKube },
  { path: ["render", "images"], load: async () => (await render()).renderImages },
  { path: ["render", "nginx"], load: async () => (await import("./render-nginx.ts")).renderNginx },
  { path: ["backup", "create"], load: async () => (await import("./backup-create.ts")).backupCreate },
  { path: ["backup", "list"], load: async () => (await backup()).backupList },
  { path: ["backup", "show"], load: async () => (await backup()).backupShow },
  { path: ["backup", "check"], load: async () => (await backup()).backupCheck },
  { path: ["backup", "prune"], load: async () => (await backup()).backupPrune },
  { path: ["restore"], load: async () => (await import("./restore.ts")).restore },
  { path: ["database", "move"], load: async () => (await import("./database.ts")).databaseMove },
  { path: ["test"], load: async () => (await import("./test.ts")).testCommand },
];

/** Loads one command. */
export function loadCommand(entry: CommandEntry): Promise<Command> {
  return entry.load();
}
