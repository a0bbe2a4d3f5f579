import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { HomeView, ProfileView } from "../../../src/contract/index.ts";
import { enforcedLimits } from "../logic/limits.ts";
import { memorySize } from "../logic/words.ts";
import styles from "./start.module.css";

interface Props {
  readonly profiles: readonly ProfileView[];
  readonly enforced: HomeView["limits"];
  readonly chosen: string;
  /** Name of the profile of the last start. */
  readonly last: string | null;
  readonly onChoose: (name: string) => void;
}

/** Profiles as cards that are real radio buttons: arrow keys move, the whole card can be pressed. */
export function ProfileChoice({ profiles, enforced, chosen, last, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.choice}>
      <legend className="visually-hidden">{t("start.legend")}</legend>
      {profiles.map((profile) => (
        <label
          key={profile.name}
          htmlFor={`choose-${profile.name}`}
          className={styles.option}
          data-chosen={profile.name === chosen || undefined}
        >
          <Radio
            id={`choose-${profile.name}`}
            name="profile"
            value={profile.name}
            checked={profile.name === chosen}
            onChange={() => onChoose(profile.name)}
            aria-labelledby={`profile-${profile.name}`}
            aria-describedby={`about-${profile.name}`}
          />
          <span className={styles.text}>
            <span className={styles.name} id={`profile-${profile.name}`}>
              {profile.title}
              {profile.name === last && <span className={styles.last}>{t("start.last")}</span>}
            </span>
            <span id={`about-${profile.name}`} className={styles.about}>
              {profile.description !== "" && <span>{profile.description}</span>}
              <Limits profile={profile} enforced={enforced} />
            </span>
          </span>
        </label>
      ))}
    </fieldset>
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
