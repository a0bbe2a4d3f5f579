import { Checkbox } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { PersonView, ServerView } from "../../../src/contract/index.ts";
import { useHome } from "../api/queries.ts";
import { useApp } from "../app-context.ts";
import { neverStarted } from "../logic/servers.ts";
import { Ago } from "../parts/since.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import styles from "./people.module.css";
import type { Ask } from "./person-dialogs.tsx";
import { PersonMenu } from "./person-menu.tsx";
import { personLink } from "./query.ts";
import { ServerButton } from "./server-button.tsx";

/** Groups named in a row; the rest is counted. */
const NAMED = 3;

interface Props {
  readonly person: PersonView;
  readonly picked: boolean;
  readonly onPick: (picked: boolean) => void;
  readonly onAsk: (what: Ask) => void;
}

export function PersonRow({ person, picked, onPick, onAsk }: Props) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const home = useHome();
  const [params] = useSearchParams();
  const server = person.servers.find(({ name }) => name === "") ?? neverStarted({ user: person.name, name: "" });
  const running = server.state !== "stopped" && server.state !== "failed";
  const profile = home.data?.profiles.find(({ name }) => running && name === server.profile);
  const others = person.servers.filter(({ name, state }) => name !== "" && state !== "stopped").length;
  return (
    <li className={styles.row}>
      <Checkbox
        aria-label={t("admin.pick", { name: person.name })}
        checked={picked}
        onChange={(event) => onPick(event.currentTarget.checked)}
      />
      <div className={styles.who}>
        <Link to={personLink(params, person.name)} className={`${styles.name} break`}>
          {person.name}
        </Link>
        <span className={styles.badges}>
          {person.name === boot.user.name && <span className={styles.badge}>{t("admin.you")}</span>}
          {person.admin && (
            <span className={styles.badge} data-tone="accent">
              {t("admin.isAdmin")}
            </span>
          )}
          {person.suspended !== null && (
            <span className={styles.badge} data-tone="warn" title={person.suspended}>
              {t("admin.suspended")}
            </span>
          )}
          {!person.claimed && person.logins.length === 0 && person.suspended === null && (
            <span className={styles.badge}>{t("admin.unclaimed")}</span>
          )}
        </span>
        {person.groups.length > 0 && (
          <span className={`${styles.groups} break`}>
            {person.groups.slice(0, NAMED).join(", ")}
            {person.groups.length > NAMED && ` ${t("admin.moreGroups", { count: person.groups.length - NAMED })}`}
          </span>
        )}
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
