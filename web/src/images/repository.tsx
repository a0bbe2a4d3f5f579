import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "../admin/admin.module.css";
import { useTags } from "../catalogue/use-catalogue.ts";
import { Loading } from "../parts/loading.tsx";
import { Problem } from "../parts/problem.tsx";
import own from "./images.module.css";

interface Props {
  readonly registry: string;
  readonly name: string;
  readonly preferred: boolean;
  /** With `registry/repository:tag`. */
  readonly onRemove: (reference: string) => void;
}

/** A repository; its tags are asked for when it is opened. */
export function Repository({ registry, name, preferred, onRemove }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const tags = useTags(open ? name : "", "all");
  return (
    <li className={styles.row}>
      <details className={own.repository} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="break">
          {name}
          {preferred && <span className={own.preferred}>{t("registry.preferred")}</span>}
        </summary>
        {open && tags.isPending && <Loading />}
        {tags.isError && <Problem error={tags.error} onRetry={() => void tags.refetch()} />}
        {tags.data?.problem != null && <p className={`${own.unreachable} break`}>{tags.data.problem}</p>}
        {tags.data?.tags.length === 0 && <p className="quiet small">{t("registry.noTags")}</p>}
        {tags.data !== undefined && (
          <ul className={own.tags}>
            {tags.data.tags.map((tag) => (
              <li key={tag}>
                <code className="break">{tag}</code>
                <Button
                  variant="subtle"
                  color="red"
                  size="sm"
                  aria-label={t("registry.removeOf", { name: `${name}:${tag}` })}
                  onClick={() => onRemove(`${registry}/${name}:${tag}`)}
                >
                  {t("images.remove")}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </details>
    </li>
  );
}
