import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useGroups } from "../api/admin-queries.ts";
import { SearchIcon } from "../parts/icons.tsx";
import styles from "./people.module.css";
import { FILTERS, type Query, SORTS } from "./query.ts";

/** Rest after the last key before the hub is asked, ms. */
const DEBOUNCE = 250;

interface Props {
  readonly query: Query;
  readonly onChange: (change: Partial<Query>) => void;
}

export function Filters({ query, onChange }: Props) {
  const { t } = useTranslation();
  const groups = useGroups().data?.map(({ name }) => name) ?? [];
  // One that the address names and nobody knows (any more) must be seen to be chosen.
  const known = query.group === "" || groups.includes(query.group) ? groups : [query.group, ...groups];
  const [search, setSearch] = useState(query.search);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function onSearch(text: string, wait = DEBOUNCE) {
    setSearch(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange({ search: text.trim() }), wait);
  }
  return (
    <search className={styles.filters}>
      <TextInput
        className={styles.search}
        type="text"
        inputMode="search"
        aria-label={t("admin.search")}
        placeholder={t("admin.searchPlaceholder")}
        value={search}
        autoComplete="off"
        spellCheck={false}
        leftSection={<SearchIcon />}
        rightSection={
          search === "" ? null : <CloseButton aria-label={t("admin.clear")} onClick={() => onSearch("", 0)} />
        }
        onChange={(event) => onSearch(event.currentTarget.value)}
      />
      <NativeSelect
        aria-label={t("admin.filter")}
        value={query.state}
        onChange={(event) => onChange({ state: FILTERS.find((one) => one === event.currentTarget.value) ?? "all" })}
        data={FILTERS.map((value) => ({ value, label: t(`admin.filters.${value}`) }))}
      />
      {known.length > 0 && (
        <NativeSelect
          aria-label={t("admin.group")}
          value={query.group}
          onChange={(event) => onChange({ group: event.currentTarget.value })}
          data={[{ value: "", label: t("admin.anyGroup") }, ...known]}
        />
      )}
      <NativeSelect
        aria-label={t("admin.sort")}
        value={query.sort}
        onChange={(event) => onChange({ sort: SORTS.find((one) => one === event.currentTarget.value) ?? "name" })}
        data={SORTS.map((value) => ({ value, label: t(`admin.sorts.${value}`) }))}
      />
    </search>
  );
}
