import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import { LogDialog } from "../parts/log-dialog.tsx";
import { AdminDialog } from "./admin-dialog.tsx";
import { ClaimDialog } from "./claim-dialog.tsx";
import styles from "./people.module.css";
import { type Ask, PersonRow } from "./person-row.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { StopDialog } from "./stop-dialog.tsx";

interface Props {
  readonly people: readonly PersonView[];
  /** The rows are of the search before; the new ones are on their way. */
  readonly stale: boolean;
}

/** Rows on a wide screen, cards on a phone; one dialog at a time. */
export function PeopleList({ people, stale }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<{ readonly what: Ask; readonly person: PersonView } | null>(null);
  const close = () => setAsked(null);
  const of = (what: Ask) => (asked?.what === what ? asked.person : null);
  const logOf = of("log");
  return (
    <>
      <ul className={styles.list} aria-label={t("admin.list")} data-stale={stale || undefined}>
        {people.map((person) => (
          <PersonRow key={person.name} person={person} onAsk={(what) => setAsked({ what, person })} />
        ))}
      </ul>
      <StopDialog person={of("stop")} onClose={close} />
      <AdminDialog person={of("admin")} onClose={close} />
      <ClaimDialog person={of("claim")} onClose={close} />
      <RemoveDialog person={of("remove")} onClose={close} />
      <LogDialog
        server={logOf === null ? null : { user: logOf.name, name: "" }}
        kept={logOf?.servers.find(({ name }) => name === "")?.failure?.log ?? null}
        onClose={close}
      />
    </>
  );
}
