import { Trans, useTranslation } from "react-i18next";
import type { PersonView, ServerView } from "../../../src/contract/index.ts";
import { neverStarted, useHome } from "../api/queries.ts";
import { useApp } from "../app-context.ts";
import { Ago } from "../parts/since.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import styles from "./people.module.css";
import { PersonMenu } from "./person-menu.tsx";
import { ServerButton } from "./server-button.tsx";

/** What an admin may ask for a person; each opens its dialog. */
export type Ask = "stop" | "log" | "admin" | "claim" | "remove";

interface Props {
  readonly person: PersonView;
  readonly onAsk: (what: Ask) => void;
}

export function PersonRow({ person, onAsk }: Props) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const home = useHome();
  const server = person.servers.find(({ name }) => name === "") ?? neverStarted({ user: person.name, name: "" });
  const running = server.state !== "stopped" && server.state !== "failed";
  const profile = home.data?.profiles.find(({ name }) => running && name === server.profile);
  const others = person.servers.filter(({ name, state }) => name !== "" && state !== "stopped").length;
  return (
    <li className={styles.row}>
      <div className={styles.who}>
        <span className={`${styles.name} break`}>{person.name}</span>
        <span className={styles.badges}>
          {person.name === boot.user.name && <span className={styles.badge}>{t("admin.you")}</span>}
          {person.admin && (
            <span className={styles.badge} data-tone="accent">
              {t("admin.isAdmin")}
            </span>
          )}
          {!person.claimed && <span className={styles.badge}>{t("admin.unclaimed")}</span>}
        </span>
      </div>
      <div className={styles.state}>
        <ServerState server={server} />
        {profile !== undefined && <span className="quiet small break">{profile.title}</span>}
        {others > 0 && <span className="quiet small">{t("admin.more", { count: others })}</span>}
      </div>
      <p className={styles.activity}>
        {person.lastActivity === null ? (
          t("admin.neverActive")
        ) : (
          <Trans i18nKey="admin.active" components={{ time: <Ago iso={person.lastActivity} /> }} />
        )}
      </p>
      <div className={styles.buttons}>
        <ServerButton server={server} onStop={() => onAsk("stop")} />
        <PersonMenu person={person} server={server} onAsk={onAsk} />
      </div>
    </li>
  );
}

function ServerState({ server }: { readonly server: ServerView }) {
  const { t } = useTranslation();
  return (
    <span className={styles.stateLine} title={server.failure?.message}>
      <StateMark state={server.state} />
      {t(`stateShort.${server.state}`)}
    </span>
  );
}
