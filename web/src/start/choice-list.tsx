import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { HomeView, ProfileView } from "../../../src/contract/index.ts";
import type { Choice, Version } from "../logic/choices.ts";
import { enforcedLimits } from "../logic/limits.ts";
import { memorySize } from "../logic/words.ts";
import { useChoiceName } from "../parts/choice-name.ts";
import { CatalogueChoice } from "./catalogue-choice.tsx";
import styles from "./start.module.css";

interface Props {
  readonly choices: readonly Choice[];
  readonly enforced: HomeView["limits"];
  /** Key of a choice. */
  readonly chosen: string;
  /** The choice of the last start. */
  readonly last: Choice | undefined;
  readonly onChoose: (key: string) => void;
  /** What is picked from the catalogue. */
  readonly version: Version;
  readonly onVersion: (version: Version) => void;
}

/** Profiles and images as cards that are real radio buttons: arrow keys move, the whole card can be pressed. */
export function ChoiceList({ choices, enforced, chosen, last, onChoose, version, onVersion }: Props) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.choice}>
      <legend className="visually-hidden">{t("start.legend")}</legend>
      {choices.map((choice) =>
        choice.kind === "catalogue" ? (
          <CatalogueChoice
            key={choice.key}
            id={`choose-${choice.key}`}
            chosen={choice.key === chosen}
            last={last?.kind === "catalogue" ? last.version : undefined}
            version={version}
            onChoose={() => onChoose(choice.key)}
            onVersion={onVersion}
          />
        ) : (
          <Card
            key={choice.key}
            choice={choice}
            enforced={enforced}
            chosen={choice.key === chosen}
            last={choice.key === last?.key}
            onChoose={onChoose}
          />
        ),
      )}
    </fieldset>
  );
}

interface CardProps {
  readonly choice: Choice;
  readonly enforced: HomeView["limits"];
  readonly chosen: boolean;
  readonly last: boolean;
  readonly onChoose: (key: string) => void;
}

function Card({ choice, enforced, chosen, last, onChoose }: CardProps) {
  const { t } = useTranslation();
  const nameOf = useChoiceName();
  const { key } = choice;
  return (
    <label htmlFor={`choose-${key}`} className={styles.option} data-chosen={chosen || undefined}>
      <Radio
        id={`choose-${key}`}
        name="profile"
        value={key}
        checked={chosen}
        onChange={() => onChoose(key)}
        aria-labelledby={`name-${key}`}
        aria-describedby={`about-${key}`}
      />
      <span className={styles.text}>
        <span className={styles.name} id={`name-${key}`}>
          {nameOf(choice)}
          {last && <span className={styles.last}>{t("start.last")}</span>}
        </span>
        <span id={`about-${key}`} className={styles.about}>
          <About choice={choice} enforced={enforced} />
        </span>
      </span>
    </label>
  );
}

function About({ choice, enforced }: { readonly choice: Choice; readonly enforced: HomeView["limits"] }) {
  const { t } = useTranslation();
  if (choice.kind === "image") return <span>{t("start.imageHint")}</span>;
  if (choice.kind !== "profile") return <span>{t("start.standardHint")}</span>;
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
