import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import { BulkGroupDialog } from "./bulk-group-dialog.tsx";
import { BulkLinksDialog } from "./bulk-links-dialog.tsx";
import { BulkRemoveDialog } from "./bulk-remove-dialog.tsx";
import styles from "./people.module.css";

interface Props {
  /** Who is on this page of the list. */
  readonly people: readonly PersonView[];
  /** Names, also of people on other pages. */
  readonly picked: ReadonlySet<string>;
  readonly onPick: (names: ReadonlySet<string>) => void;
}

/** Picks everybody in sight, and says what can be done with those who are picked. */
export function BulkBar({ people, picked, onPick }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"group" | "links" | "remove" | null>(null);
  const here = people.filter(({ name }) => picked.has(name)).length;
  const names = [...picked];
  const close = () => setAsking(null);

  function onAll(on: boolean) {
    const next = new Set(picked);
    for (const { name } of people) {
      if (on) next.add(name);
      else next.delete(name);
    }
    onPick(next);
  }
  return (
    <section className={styles.picking} data-any={picked.size > 0 || undefined} aria-label={t("bulk.label")}>
      <Checkbox
        label={picked.size === 0 ? t("bulk.all") : t("bulk.picked", { count: picked.size })}
        checked={here === people.length}
        indeterminate={here > 0 && here < people.length}
        onChange={(event) => onAll(event.currentTarget.checked)}
      />
      {picked.size > 0 && (
        <div className={styles.pickingButtons}>
          <Button size="sm" variant="default" onClick={() => setAsking("group")}>
            {t("bulk.group")}
          </Button>
          <Button size="sm" variant="default" onClick={() => setAsking("links")}>
            {t("bulk.links")}
          </Button>
          <Button size="sm" variant="subtle" color="red" onClick={() => setAsking("remove")}>
            {t("bulk.remove")}
          </Button>
          <Button size="sm" variant="subtle" onClick={() => onPick(new Set())}>
            {t("bulk.none")}
          </Button>
        </div>
      )}
      <BulkGroupDialog opened={asking === "group"} names={names} onClose={close} />
      <BulkLinksDialog opened={asking === "links"} names={names} onClose={close} />
      <BulkRemoveDialog
        opened={asking === "remove"}
        names={names}
        onClose={close}
        onGone={(gone) => onPick(new Set(names.filter((name) => !gone.includes(name))))}
      />
    </section>
  );
}
