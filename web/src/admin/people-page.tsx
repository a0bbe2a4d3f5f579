/** Everybody and their servers: searched, sorted and paged by the hub, so that ten thousand are as quick as ten. */
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { PAGE, usePeople } from "../api/queries.ts";
import { PlusIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Pager } from "../parts/pager.tsx";
import { Problem } from "../parts/problem.tsx";
import { PersonPanel } from "../person/person-panel.tsx";
import { AddDialog } from "./add-dialog.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { Filters } from "./filters.tsx";
import styles from "./people.module.css";
import { PeopleList } from "./people-list.tsx";
import { type Asked, PersonDialogs } from "./person-dialogs.tsx";
import { isFiltered, queryOf, withQuery } from "./query.ts";

export function PeoplePage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const query = queryOf(params);
  const people = usePeople(query);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked | null>(null);
  const [focusSearch, setFocusSearch] = useState(0);
  const { data } = people;

  // The last person of the last page was removed: show the page before it.
  const beyond = data !== undefined && data.items.length === 0 && data.total > 0 && query.offset > 0;
  useEffect(() => {
    if (beyond) setParams((now) => withQuery(now, { offset: Math.max(0, query.offset - PAGE) }), { replace: true });
  }, [beyond, query.offset, setParams]);

  function setParam(name: "add" | "person", value: string | null) {
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value !== null) next.set(name, value);
        else next.delete(name);
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
        <div className="actions">
          <Button component={Link} to="/admin/import" variant="default">
            {t("import.action")}
          </Button>
          <Button leftSection={<PlusIcon />} onClick={() => setParam("add", "1")}>
            {t("admin.add")}
          </Button>
        </div>
      </div>
      <Filters
        key={focusSearch}
        query={query}
        onChange={(change) => setParams((now) => withQuery(now, { ...change, offset: 0 }), { replace: true })}
      />
      {people.isError && <Problem error={people.error} onRetry={() => void people.refetch()} />}
      {people.isPending && <Loading />}
      {data !== undefined && data.items.length > 0 && (
        <>
          <BulkBar people={data.items} picked={picked} onPick={setPicked} />
          <PeopleList
            people={data.items}
            stale={people.isPlaceholderData}
            picked={picked}
            onPick={(name, on) => setPicked((now) => withName(now, name, on))}
            onAsk={(what, person) => setAsked({ what, person, of: "" })}
          />
        </>
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
        <Pager
          offset={data.offset}
          limit={data.limit}
          shown={data.items.length}
          total={data.total}
          onOffset={(offset) => setParams((now) => withQuery(now, { offset }))}
        />
      )}
      <AddDialog opened={params.has("add")} onClose={() => setParam("add", null)} />
      <PersonPanel
        name={params.get("person")}
        known={data?.items ?? []}
        covered={asked !== null}
        onAsk={setAsked}
        onClose={() => setParam("person", null)}
      />
      <PersonDialogs asked={asked} onClose={() => setAsked(null)} />
    </div>
  );
}

function withName(names: ReadonlySet<string>, name: string, on: boolean): ReadonlySet<string> {
  const next = new Set(names);
  if (on) next.add(name);
  else next.delete(name);
  return next;
}
