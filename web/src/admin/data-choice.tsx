import { Radio } from "@mantine/core";
import { useTranslation } from "react-i18next";
import styles from "./people.module.css";

const FATES = ["keep", "archive", "erase"] as const;
/** What becomes of a removed person's files. */
export type Fate = (typeof FATES)[number];

/** The three fates of files, each with what it means. */
export function DataChoice({ value, onChange }: { readonly value: Fate; readonly onChange: (fate: Fate) => void }) {
  const { t } = useTranslation();
  return (
    <Radio.Group
      label={t("remove.files")}
      value={value}
      name="data"
      onChange={(next) => onChange(FATES.find((fate) => fate === next) ?? "keep")}
    >
      <div className={styles.choices}>
        {FATES.map((fate) => (
          <Radio key={fate} value={fate} label={t(`remove.${fate}`)} description={t(`remove.${fate}Hint`)} />
        ))}
      </div>
    </Radio.Group>
  );
}
