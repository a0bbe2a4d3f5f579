import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import styles from "./people.module.css";
import type { Ask } from "./person-dialogs.tsx";
import { PersonRow } from "./person-row.tsx";

interface Props {
  readonly people: readonly PersonView[];
  /** The rows are of the search before; the new ones are on their way. */
  readonly stale: boolean;
  readonly picked: ReadonlySet<string>;
  readonly onPick: (name: string, picked: boolean) => void;
  readonly onAsk: (what: Ask, person: PersonView) => void;
}

/** Rows on a wide screen, cards on a phone. */
export function PeopleList({ people, stale, picked, onPick, onAsk }: Props) {
  const { t } = useTranslation();
  return (
    <ul className={styles.list} aria-label={t("admin.list")} data-stale={stale || undefined}>
      {people.map((person) => (
        <PersonRow
          key={person.name}
          person={person}
          picked={picked.has(person.name)}
          onPick={(on) => onPick(person.name, on)}
          onAsk={(what) => onAsk(what, person)}
        />
      ))}
    </ul>
  );
}
