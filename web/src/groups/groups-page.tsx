/** Every group: what it gives, how many are in it, and where it is defined. */
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { GroupView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useGroups } from "../api/admin-queries.ts";
import { urlName } from "../logic/paths.ts";
import { PlusIcon, SearchIcon } from "../parts/icons.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { Place } from "../policy/policy-list.tsx";
import { CreateGroupDialog } from "./create-group-dialog.tsx";
import { Gives } from "./gives.tsx";

/** From so many groups on, a search is worth its place. */
const MANY = 10;
const EXAMPLE =
  "groups:\n  students:\n    description: Everybody in the course\n    members:\n      names: [anna, ben]\n    memory: 4G\n    mounts:\n      - source: /srv/course\n        target: /home/jovyan/course";

export function GroupsPage() {
  const { t } = useTranslation();
  const groups = useGroups();
  const [creating, setCreating] = useState(false);
  const [search, setSearch] = useState("");
  const { data } = groups;
  const wanted = search.trim().toLowerCase();
  const found = (data ?? []).filter(
    ({ name, description }) => name.toLowerCase().includes(wanted) || description.toLowerCase().includes(wanted),
  );
  return (
    <div className={styles.page}>
      <div className={styles.top}>
        <PageTitle title={t("groups.title")} />
        <Button leftSection={<PlusIcon />} onClick={() => setCreating(true)}>
          {t("groups.create")}
        </Button>
      </div>
      <p className={styles.lead}>{t("groups.lead")}</p>
      {groups.isError && <Problem error={groups.error} onRetry={() => void groups.refetch()} />}
      {groups.isPending && <Loading />}
      {data !== undefined && data.length > MANY && (
        <TextInput
          type="text"
          inputMode="search"
          aria-label={t("groups.search")}
          placeholder={t("groups.search")}
          leftSection={<SearchIcon />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <p className="visually-hidden" role="status">
        {wanted === "" ? "" : t("groups.found", { count: found.length })}
      </p>
      {data !== undefined && data.length === 0 && (
        <div className={styles.empty}>
          <h2>{t("groups.none")}</h2>
          <p className="quiet">{t("groups.noneText")}</p>
          <pre>{EXAMPLE}</pre>
        </div>
      )}
      {data !== undefined && data.length > 0 && found.length === 0 && (
        <p className={styles.empty}>{t("groups.noMatch")}</p>
      )}
      {found.length > 0 && (
        <Paged items={found}>
          {(shown) => (
            <ul className={styles.list}>
              {shown.map((group) => (
                <Row key={group.name} group={group} />
              ))}
            </ul>
          )}
        </Paged>
      )}
      <CreateGroupDialog opened={creating} onClose={() => setCreating(false)} />
    </div>
  );
}

function Row({ group }: { readonly group: GroupView }) {
  const { t } = useTranslation();
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <Link to={`/admin/groups/${urlName(group.name)}`} className={`${styles.name} break`}>
          {group.name}
        </Link>
        {group.description !== "" && <span className="break">{group.description}</span>}
        <Gives group={group} />
      </div>
      <div className={styles.aside}>
        <span className="number">{t("groups.members", { count: group.members })}</span>
        <span className="quiet small">{group.place === null ? t("groups.byHand") : <Place place={group.place} />}</span>
      </div>
    </li>
  );
}
