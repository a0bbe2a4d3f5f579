/** Everybody and their servers: searched, sorted and paged by the hub, so that ten thousand are as quick as ten. */
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { PAGE, usePeople } from "../api/queries.ts";
import { PlusIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { AddDialog } from "./add-dialog.tsx";
import { Filters } from "./filters.tsx";
import { Pager } from "./pager.tsx";
import styles from "./people.module.css";
import { PeopleList } from "./people-list.tsx";
import { isFiltered, queryOf, withQuery } from "./query.ts";

export function PeoplePage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const query = queryOf(params);
  const people = usePeople(query);
  const adding = params.has("add");
  const [focusSearch, setFocusSearch] = useState(0);
  const { data } = people;

  // The last person of the last page was removed: show the page before it.
  const beyond = data !== undefined && data.items.length === 0 && data.total > 0 && query.offset > 0;
  useEffect(() => {
    if (beyond) setParams((now) => withQuery(now, { offset: Math.max(0, query.offset - PAGE) }), { replace: true });
  }, [beyond, query.offset, setParams]);

  function setAdding(open: boolean) {
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (open) next.set("add", "1");
        else next.delete("add");
        return next;
      },
      { replace: true },
    );
  }

  return (
    <div className={styles.page}>
      <div className={styles.top}>
        <div>
          <PageTitle title={t("admin.title")} />
          <p className={`${styles.totals} quiet number`} role="status">
            {data !== undefined &&
              [
                isFiltered(query) ? t("admin.found", { count: data.total }) : t("admin.total", { count: data.total }),
                t("admin.running", { count: data.running }),
              ].join(" · ")}
          </p>
        </div>
        <Button leftSection={<PlusIcon />} onClick={() => setAdding(true)}>
          {t("admin.add")}
        </Button>
      </div>
      <Filters
        key={focusSearch}
        query={query}
        onChange={(change) => setParams((now) => withQuery(now, { ...change, offset: 0 }), { replace: true })}
      />
      {people.isError && <Problem error={people.error} onRetry={() => void people.refetch()} />}
      {people.isPending && <Loading />}
      {data !== undefined && data.items.length > 0 && (
        <PeopleList people={data.items} stale={people.isPlaceholderData} />
      )}
      {data !== undefined && data.total === 0 && (
        <div className={styles.empty}>
          <h2>{t("admin.none")}</h2>
          <p className="quiet">{t("admin.noneText")}</p>
          <Button
            variant="default"
            onClick={() => {
              setParams({}, { replace: true });
              setFocusSearch((times) => times + 1);
            }}
          >
            {t("admin.reset")}
          </Button>
        </div>
      )}
      {data !== undefined && data.total === 1 && !isFiltered(query) && (
        <div className={styles.empty}>
          <h2>{t("admin.alone")}</h2>
          <p className="quiet">{t("admin.aloneText")}</p>
        </div>
      )}
      {data !== undefined && (
        <Pager data={data} onOffset={(offset) => setParams((now) => withQuery(now, { offset }))} />
      )}
      <AddDialog opened={adding} onClose={() => setAdding(false)} />
    </div>
  );
}
