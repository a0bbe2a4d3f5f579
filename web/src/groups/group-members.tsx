import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { GroupView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useMembers } from "../api/admin-queries.ts";
import { PAGE } from "../api/queries.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Loading } from "../parts/loading.tsx";
import { Pager } from "../parts/pager.tsx";
import { Problem } from "../parts/problem.tsx";
import { AddMembers } from "./add-members.tsx";

/** Who is in the group and why; memberships by hand can be given and taken here. */
export function GroupMembers({ group }: { readonly group: GroupView }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const [offset, setOffset] = useState(0);
  const members = useMembers(group.name, offset);
  const { data } = members;
  const remove = useMutation({
    mutationFn: (name: string) =>
      api.call(`groups/${urlName(group.name)}/users`, { method: "DELETE", body: { users: [name] } }),
    onSuccess: async (_data, name) => {
      await refresh();
      announce(t("person.left", { name, group: group.name }));
    },
  });
  return (
    <section className={styles.page} aria-labelledby="group-members">
      <h2 id="group-members">{t("groups.members", { count: data?.total ?? group.members })}</h2>
      <AddMembers group={group.name} />
      {members.isError && <Problem error={members.error} onRetry={() => void members.refetch()} />}
      {remove.isError && <Problem error={remove.error} />}
      {members.isPending && <Loading />}
      {data !== undefined && data.total === 0 && <p className="quiet">{t("groups.noMembers")}</p>}
      {data !== undefined && data.items.length > 0 && (
        <ul className={styles.list}>
          {data.items.map(({ name, byHand, because }) => (
            <li key={name} className={styles.row}>
              <div className={styles.about}>
                <Link to={`/admin?person=${encodeURIComponent(name)}`} className={`${styles.name} break`}>
                  {name}
                </Link>
                <span className="quiet small break">{because.join(" ")}</span>
              </div>
              {byHand && (
                <Button
                  variant="subtle"
                  color="red"
                  size="sm"
                  aria-label={t("groups.removeMemberOf", { name })}
                  onClick={() => remove.mutate(name)}
                >
                  {t("groups.removeMember")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {data !== undefined && (
        <Pager offset={offset} limit={PAGE} shown={data.items.length} total={data.total} onOffset={setOffset} />
      )}
    </section>
  );
}
