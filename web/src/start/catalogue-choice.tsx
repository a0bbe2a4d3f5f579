import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Version } from "../logic/choices.ts";
import { Loading } from "../parts/loading.tsx";
import { useLater } from "../shell/later.ts";
import styles from "./start.module.css";

/** Few hubs have a catalogue: its fields are fetched where there is one. */
const versionFields = async () => (await import("../catalogue/version-fields.tsx")).VersionFields;

interface Props {
  readonly id: string;
  readonly chosen: boolean;
  /** What the last start took from the catalogue. */
  readonly last: Version | undefined;
  readonly version: Version;
  readonly onChoose: () => void;
  readonly onVersion: (version: Version) => void;
}

/** The card of the catalogue; once chosen it opens with its two fields, which are no part of the radio's label. */
export function CatalogueChoice({ id, chosen, last, version, onChoose, onVersion }: Props) {
  const { t } = useTranslation();
  const VersionFields = useLater(versionFields);
  return (
    <div className={styles.option} data-chosen={chosen || undefined}>
      <label htmlFor={id} className={styles.head}>
        <Radio
          id={id}
          name="profile"
          value={id}
          checked={chosen}
          onChange={onChoose}
          aria-labelledby={`name-${id}`}
          aria-describedby={`about-${id}`}
        />
        <span className={styles.text}>
          <span className={styles.name} id={`name-${id}`}>
            {t("start.catalogue")}
            {last !== undefined && <span className={styles.last}>{t("start.last")}</span>}
          </span>
          <span id={`about-${id}`} className={styles.about}>
            {t("start.catalogueHint")}
          </span>
        </span>
      </label>
      {chosen && (
        <div className={styles.inside}>
          {VersionFields === undefined ? (
            <Loading />
          ) : (
            <VersionFields version={version} last={last ?? version} onChange={onVersion} />
          )}
        </div>
      )}
    </div>
  );
}
