import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../app-context.ts";
import { Problem } from "../parts/problem.tsx";
import styles from "./people.module.css";

/** Names under which an earlier person's files lie: nobody gets them until an admin says that it is the same person. */
export function KeptFiles({ names }: { readonly names: readonly string[] }) {
  const { t } = useTranslation();
  if (names.length === 0) return null;
  return (
    <section className="stack" aria-labelledby="kept-files" style={{ gap: "0.5rem" }}>
      <h3 id="kept-files">{t("kept.title")}</h3>
      <p className="quiet small">{t("kept.text")}</p>
      <ul className={styles.links}>
        {names.map((name) => (
          <Kept key={name} name={name} />
        ))}
      </ul>
    </section>
  );
}

function Kept({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const [asked, setAsked] = useState(false);
  const give = useMutation({
    mutationFn: () => api.call("hublet/people", { method: "POST", body: { names: [name], handOverFiles: true } }),
  });
  return (
    <li>
      <div className="break">
        <p className={styles.name}>{name}</p>
        <p className="quiet small" role="status">
          {give.isSuccess ? t("kept.done") : asked ? t("kept.sure") : ""}
        </p>
        {give.isError && <Problem error={give.error} />}
      </div>
      {!give.isSuccess && (
        <Button
          variant="default"
          size="sm"
          loading={give.isPending}
          aria-label={t(asked ? "kept.confirmOf" : "kept.giveOf", { name })}
          onClick={() => (asked ? give.mutate() : setAsked(true))}
        >
          {asked ? t("kept.confirm") : t("kept.give")}
        </Button>
      )}
    </li>
  );
}
