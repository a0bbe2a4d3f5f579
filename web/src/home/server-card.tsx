import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { HomeView, ProfileView, ServerView } from "../../../src/contract/index.ts";
import { type Choice, choicesOf, lastOf } from "../logic/choices.ts";
import { isStarting } from "../logic/timeline.ts";
import { useChoiceName } from "../parts/choice-name.ts";
import { FailureBox } from "../parts/failure-box.tsx";
import { LogDialog } from "../parts/log-dialog.tsx";
import { Ago, Clock, Lasting } from "../parts/since.tsx";
import { StateMark } from "../parts/state-mark.tsx";
import styles from "./home.module.css";
import { ServerActions } from "./server-actions.tsx";
import { useProfileWords } from "./use-profile-words.ts";

interface Props {
  readonly server: ServerView;
  readonly home: HomeView;
  /** Whether its action is the page's one primary action. */
  readonly primary: boolean;
}

/** One server: its state in words, since when, and the one thing to do with it. */
export function ServerCard({ server, home, primary }: Props) {
  const { t } = useTranslation();
  const [log, setLog] = useState(false);
  const choices = choicesOf(home);
  const last = lastOf(server, choices);
  const profile = home.profiles.find(({ name }) => name === server.profile);
  return (
    <section
      className="card stack"
      aria-label={server.name === "" ? t("home.title") : t("home.named", { name: server.name })}
    >
      {server.name !== "" && <p className="quiet small">{t("home.named", { name: server.name })}</p>}
      <div className={styles.state}>
        <StateMark state={server.state} />
        <div role="status">
          <h2 className={styles.stateWords}>{t(`state.${server.state}`)}</h2>
        </div>
      </div>
      <Facts server={server} profile={profile} last={last} enforced={home.limits} />
      {server.state === "failed" && server.failure !== null && (
        <FailureBox failure={server.failure} onLog={() => setLog(true)} />
      )}
      <ServerActions
        server={server}
        choose={choices.length > 1}
        last={last}
        primary={primary}
        onLog={() => setLog(true)}
      />
      <LogDialog server={log ? server : null} kept={server.failure?.log ?? null} onClose={() => setLog(false)} />
    </section>
  );
}

interface FactsProps {
  readonly server: ServerView;
  readonly profile: ProfileView | undefined;
  readonly last: Choice | undefined;
  readonly enforced: HomeView["limits"];
}

function Facts({ server, profile, last, enforced }: FactsProps) {
  const { t } = useTranslation();
  const choiceName = useChoiceName();
  const limits = useProfileWords(profile, enforced);
  const known =
    server.started !== null || server.lastActivity !== null || server.profile !== null || server.image !== null;
  if (server.state === "stopped" || server.state === "failed") {
    return (
      <div className={styles.facts}>
        {server.stoppedBecause !== null && <p className="break">{server.stoppedBecause}</p>}
        {server.state === "stopped" && (
          <p>{known ? t("home.kept") : t(server.name === "" ? "home.firstStart" : "home.firstStartNamed")}</p>
        )}
        {last !== undefined && <p className="break">{t("home.lastTime", { profile: choiceName(last) })}</p>}
        {server.lastActivity !== null && (
          <p>
            <Trans i18nKey="home.lastUsedAlone" components={{ time: <Ago iso={server.lastActivity} /> }} />
          </p>
        )}
      </div>
    );
  }
  return (
    <div className={styles.facts}>
      {profile !== undefined && <p className={`${styles.what} break`}>{profile.title}</p>}
      <p>
        {server.state === "ready" ? (
          <Uptime from={server.started ?? server.since} />
        ) : (
          <SinceWords from={server.since} />
        )}
        {server.state === "ready" && server.lastActivity !== null && (
          <>
            {" · "}
            <Trans i18nKey="home.lastUsed" components={{ time: <Ago iso={server.lastActivity} /> }} />
          </>
        )}
      </p>
      {server.state === "ready" && server.stopsAt !== null && (
        <p>
          <Trans
            i18nKey={server.stopsBecause === "age" ? "home.stopsByAge" : "home.stopsAt"}
            components={{ time: <Clock iso={server.stopsAt} /> }}
          />
        </p>
      )}
      {limits !== null && <p>{limits}</p>}
      {isStarting(server.state) && <p>{t("starting.lead")}</p>}
      {server.image !== null && <ImageName name={server.image} digest={server.imageDigest} />}
    </div>
  );
}

/** Name and tag, and one press away the very content that the tag named at the start. */
function ImageName({ name, digest }: { readonly name: string; readonly digest: string | null }) {
  const { t } = useTranslation();
  if (digest === null) return <code className="break quiet small">{name}</code>;
  return (
    <details className={`${styles.imageName} quiet small`}>
      <summary aria-label={t("home.imageDetails", { name })}>
        <code className="break">{name}</code>
      </summary>
      <code className="break">{digest}</code>
    </details>
  );
}

function Uptime({ from }: { readonly from: string }) {
  return <Trans i18nKey="home.up" components={{ time: <Lasting from={from} to={null} /> }} />;
}

function SinceWords({ from }: { readonly from: string }) {
  return <Trans i18nKey="image.since" components={{ time: <Lasting from={from} to={null} /> }} />;
}
