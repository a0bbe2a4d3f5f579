/** Who one is, one's password, and the way out. */
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSession, useWho } from "../api/queries.ts";
import { useApp } from "../app-context.ts";
import { PageTitle } from "../parts/page-title.tsx";
import styles from "./account.module.css";
import { OwnRights } from "./own-rights.tsx";
import { PasswordForm } from "./password-form.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { Sessions } from "./sessions.tsx";

export function AccountPage() {
  const { t } = useTranslation();
  const { boot } = useApp();
  const session = useSession();
  const who = useWho();
  // Until it is known, as on most hubs.
  const passwords = session.data?.hub.passwords ?? true;
  const hasPassword = session.data?.user.hasPassword ?? true;
  return (
    <div className={styles.page}>
      <PageTitle title={t("account.title")} />
      <p>
        <span className="quiet">{t("account.who")}</span> <strong className="break">{who.name}</strong>
        {who.admin && <span className="quiet">. {t("account.admin")}</span>}
      </p>
      <OwnRights />
      {passwords && (
        <section className="card stack" aria-labelledby="password-title">
          <h2 id="password-title">{t("account.password")}</h2>
          {hasPassword ? <PasswordForm /> : <p className="quiet">{t("account.noPassword")}</p>}
        </section>
      )}
      {passwords && hasPassword && <SecondFactor />}
      <Sessions />
      <section className={`card ${styles.row}`} aria-labelledby="tokens-title">
        <div>
          <h2 id="tokens-title">{t("account.tokens")}</h2>
          <p className="quiet">{t("account.tokensText")}</p>
        </div>
        <Button component={Link} to="/token" variant="default">
          {t("account.tokensAction")}
        </Button>
      </section>
      <section className={`card ${styles.row}`} aria-labelledby="leave-title">
        <div>
          <h2 id="leave-title">{t("account.leave")}</h2>
          <p className="quiet">{t("account.leaveText")}</p>
        </div>
        <Button component="a" href={`${boot.baseUrl}hub/logout`} variant="default">
          {t("account.leave")}
        </Button>
      </section>
    </div>
  );
}
