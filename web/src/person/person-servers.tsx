import { Button } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";
import type { PersonView, ServerView } from "../../../src/contract/index.ts";
import type { Ask } from "../admin/person-dialogs.tsx";
import { ServerButton } from "../admin/server-button.tsx";
import { neverStarted } from "../logic/servers.ts";
import { Clock } from "../parts/since.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import styles from "./person.module.css";

interface Props {
  readonly person: PersonView;
  readonly onAsk: (what: Ask, of?: string) => void;
}

/** Each server: its state, what it runs, when it will stop, and its log. */
export function PersonServers({ person, onAsk }: Props) {
  const own = person.servers.some(({ name }) => name === "");
  const servers = own ? person.servers : [neverStarted({ user: person.name, name: "" }), ...person.servers];
  return (
    <ul className={styles.rows}>
      {servers.map((server) => (
        <Row key={server.name} server={server} onAsk={onAsk} />
      ))}
    </ul>
  );
}

function Row({ server, onAsk }: { readonly server: ServerView; readonly onAsk: Props["onAsk"] }) {
  const { t } = useTranslation();
  const { name, state, stopsAt, stopsBecause } = server;
  const label = name === "" ? t("person.defaultServer") : t("home.named", { name });
  return (
    <li>
      <div className={styles.about}>
        <span className={`${styles.strong} break`}>{label}</span>
        <span className={styles.line}>
          <StateMark state={state} />
          {t(`stateShort.${state}`)}
        </span>
        {server.image !== null && <code className="quiet small break">{server.image}</code>}
        {state === "ready" && stopsAt !== null && (
          <span className="quiet small">
            <Trans
              i18nKey={stopsBecause === "age" ? "home.stopsByAge" : "home.stopsAt"}
              components={{ time: <Clock iso={stopsAt} /> }}
            />
          </span>
        )}
        {server.stoppedBecause !== null && <span className="small break">{server.stoppedBecause}</span>}
        {server.failure !== null && state === "failed" && <span className="small break">{server.failure.message}</span>}
      </div>
      <div className={styles.actions}>
        {state === "ready" && (
          <Button component="a" href={server.url} variant="subtle" size="sm">
            {t("admin.open")}
          </Button>
        )}
        <Button variant="subtle" size="sm" onClick={() => onAsk("log", name)}>
          {t("admin.log")}
        </Button>
        <ServerButton server={server} onStop={() => onAsk("stop", name)} />
      </div>
    </li>
  );
}
