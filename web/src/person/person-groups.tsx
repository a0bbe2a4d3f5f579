import { Button, NativeSelect } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Explanation, PersonView } from "../../../src/contract/index.ts";
import { useGroups } from "../api/admin-queries.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Problem } from "../parts/problem.tsx";
import { Reasons } from "../policy/reasons.tsx";
import styles from "./person.module.css";

interface Props {
  readonly person: PersonView;
  readonly explanation: Explanation;
}

/** In which groups and why; memberships by hand can be given and taken here, the others only where they come from. */
export function PersonGroups({ person, explanation }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const all = useGroups().data ?? [];
  const [chosen, setChosen] = useState("");
  const free = all.filter(({ name }) => !explanation.groups.some((group) => group.name === name));
  const group = free.find(({ name }) => name === chosen) ?? free[0];
  const change = useMutation({
    mutationFn: ({ to, method }: { readonly to: string; readonly method: "POST" | "DELETE" }) =>
      api.call(`groups/${urlName(to)}/users`, { method, body: { users: [person.name] } }),
    onSuccess: async (_data, { to, method }) => {
      await refresh();
      announce(t(method === "POST" ? "person.joined" : "person.left", { name: person.name, group: to }));
    },
  });
  return (
    <>
      {explanation.groups.length === 0 && <p className="quiet small">{t("person.noGroups")}</p>}
      {explanation.groups.length > 0 && (
        <ul className={styles.rows}>
          {explanation.groups.map(({ name, byHand, because }) => (
            <li key={name}>
              <div className={styles.about}>
                <Link to={`/admin/groups/${urlName(name)}`} className={`${styles.strong} break`}>
                  {name}
                </Link>
                <Reasons because={because} places />
              </div>
              {byHand && (
                <Button
                  variant="subtle"
                  color="red"
                  size="sm"
                  aria-label={t("person.leaveOf", { group: name })}
                  onClick={() => change.mutate({ to: name, method: "DELETE" })}
                >
                  {t("person.leave")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {change.isError && <Problem error={change.error} />}
      {group !== undefined && (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ to: group.name, method: "POST" });
          }}
        >
          <NativeSelect
            label={t("person.join")}
            value={group.name}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={free.map(({ name }) => name)}
            size="sm"
          />
          <Button type="submit" variant="default" size="sm" loading={change.isPending}>
            {t("person.joinAction")}
          </Button>
        </form>
      )}
    </>
  );
}
