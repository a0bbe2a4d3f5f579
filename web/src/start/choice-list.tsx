import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { HomeView, ProfileView } from "../../../src/contract/index.ts";
import type { Choice } from "../logic/choices.ts";
import { enforcedLimits } from "../logic/limits.ts";
import { memorySize } from "../logic/words.ts";
import { useChoiceName } from "../parts/choice-name.ts";
import styles from "./start.module.css";

interface Props {
  readonly choices: readonly Choice[];
  readonly enforced: HomeView["limits"];
  /** Key of a choice. */
  readonly chosen: string;
  /** Key of the choice of the last start. */
  readonly last: string | undefined;
  readonly onChoose: (key: string) => void;
}

/** Profiles and images as cards that are real radio buttons: arrow keys move, the whole card can be pressed. */
export function ChoiceList({ choices, enforced, chosen, last, onChoose }: Props) {
  const { t } = useTranslation();
  const nameOf = useChoiceName();
  return (
    <fieldset className={styles.choice}>
      <legend className="visually-hidden">{t("start.legend")}</legend>
      {choices.map((choice) => (
        <label
          key={choice.key}
          htmlFor={`choose-${choice.key}`}
          className={styles.option}
          data-chosen={choice.key === chosen || undefined}
        >
          <Radio
            id={`choose-${choice.key}`}
            name="profile"
            value={choice.key}
            checked={choice.key === chosen}
            onChange={() => onChoose(choice.key)}
            aria-labelledby={`name-${choice.key}`}
            aria-describedby={`about-${choice.key}`}
          />
          <span className={styles.text}>
            <span className={styles.name} id={`name-${choice.key}`}>
              {nameOf(choice)}
              {choice.key === last && <span className={styles.last}>{t("start.last")}</span>}
            </span>
            <span id={`about-${choice.key}`} className={styles.about}>
              <About choice={choice} enforced={enforced} />
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function About({ choice, enforced }: { readonly choice: Choice; readonly enforced: HomeView["limits"] }) {
  const { t } = useTranslation();
  if (choice.kind === "image") return <span>{t("start.imageHint")}</span>;
  if (choice.kind === "standard") return <span>{t("start.standardHint")}</span>;
  const { profile } = choice;
  return (
    <>
      {profile.description !== "" && <span>{profile.description}</span>}
      <Limits profile={profile} enforced={enforced} />
    </>
  );
}

function Limits({ profile, enforced }: { readonly profile: ProfileView; readonly enforced: HomeView["limits"] }) {
  const { t, i18n } = useTranslation();
  const { memoryBytes, cpus } = enforcedLimits(profile, enforced);
  const memory = memoryBytes === null ? null : memorySize(memoryBytes, i18n.language);
  const parts = [
    memory === null ? null : t("start.memory", { memory }),
    cpus === null ? null : t("start.cpus", { count: cpus }),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : <span className="small">{parts.join(" · ")}</span>;
}
