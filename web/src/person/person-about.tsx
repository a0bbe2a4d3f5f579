import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Explanation, PersonView } from "../../../src/contract/index.ts";
import type { Ask } from "../admin/person-dialogs.tsx";
import { useApp } from "../app-context.ts";
import { policyLines } from "../logic/policy.ts";
import { PolicyList } from "../policy/policy-list.tsx";
import { Reasons } from "../policy/reasons.tsx";
import styles from "./person.module.css";
import { PersonGroups } from "./person-groups.tsx";
import { PersonLockouts } from "./person-lockouts.tsx";
import { PersonServers } from "./person-servers.tsx";
import { PersonSignIn } from "./person-sign-in.tsx";

interface Props {
  readonly person: PersonView;
  readonly explanation: Explanation;
  readonly onAsk: (what: Ask, of?: string) => void;
}

/** From what one asks most often to what one asks least. */
export function PersonAbout({ person, explanation, onAsk }: Props) {
  const { t } = useTranslation();
  const { enter, groups, policy, lockouts } = explanation;
  const lines = policyLines(
    policy,
    groups.map(({ name }) => name),
  );
  return (
    <div className={styles.panel}>
      <Section title={t(enter.allowed ? "person.mayEnter" : "person.mayNotEnter")}>
        {!enter.allowed && person.suspended !== null && <p className={`${styles.notice} break`}>{person.suspended}</p>}
        <Reasons because={enter.because.filter(({ text }) => text !== person.suspended)} places />
        {lockouts.length > 0 && <PersonLockouts lockouts={lockouts} />}
      </Section>
      <Admin person={person} explanation={explanation} onAsk={onAsk} />
      <Section title={t("person.servers")}>
        <PersonServers person={person} onAsk={onAsk} />
      </Section>
      <Section title={t("person.groups")}>
        <PersonGroups person={person} explanation={explanation} />
      </Section>
      <Section title={t("person.policy")}>
        <p className="quiet small">{t("person.policyHint")}</p>
        <PolicyList lines={lines} reasons />
      </Section>
      <Section title={t("person.signIn")}>
        <PersonSignIn person={person} explanation={explanation} onAsk={onAsk} />
      </Section>
      <Remove person={person} onAsk={onAsk} />
    </div>
  );
}

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** Whether by hand, which can be taken back here, or by a rule, which has its place. */
function Admin({ person, explanation, onAsk }: Props) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const { admin, byHand, because } = explanation.admin;
  const self = person.name === boot.user.name;
  return (
    <Section title={t(admin ? "person.admin" : "person.noAdmin")}>
      <Reasons because={because} places />
      {admin && !byHand && <p className="quiet small">{t("person.adminByRule")}</p>}
      {self && <p className="quiet small">{t("person.self")}</p>}
      {!self && (!admin || byHand) && (
        <div>
          <Button variant="default" size="sm" onClick={() => onAsk("admin")}>
            {admin ? t("admin.removeAdmin") : t("admin.makeAdmin")}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Remove({ person, onAsk }: Pick<Props, "person" | "onAsk">) {
  const { t } = useTranslation();
  const { boot } = useApp();
  if (person.name === boot.user.name) return null;
  return (
    <Section title={t("person.remove")}>
      <p className="quiet small">{t("person.removeHint")}</p>
      <div>
        <Button variant="light" color="red" size="sm" onClick={() => onAsk("remove")}>
          {t("admin.remove")}
        </Button>
      </div>
    </Section>
  );
}
