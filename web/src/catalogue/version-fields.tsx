/** Image and version from the lab's registry: two fields, of which the second follows the first. */
import { NativeSelect } from "@mantine/core";
import { useEffect } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { CatalogueView, TagsView } from "../../../src/contract/index.ts";
import { NOTHING_CHOSEN, type Version } from "../logic/choices.ts";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";
import styles from "./catalogue.module.css";
import { Combobox } from "./combobox.tsx";
import { useCatalogue, useTags } from "./use-catalogue.ts";

/** From so many repositories on, a list that can be filtered is worth more than the browser's own. */
const MANY = 15;

interface Props {
  readonly version: Version;
  /** What the last start chose. */
  readonly last: Version;
  readonly onChange: (version: Version) => void;
}

export function VersionFields(props: Props) {
  const { t } = useTranslation();
  const catalogue = useCatalogue();
  const { data } = catalogue;
  if (catalogue.isError && data === undefined)
    return <Problem error={catalogue.error} onRetry={() => void catalogue.refetch()} />;
  if (data === undefined || (data.state === "loading" && data.repositories.length === 0))
    return (
      <p className="quiet" role="status">
        {t("catalogue.loading")}
      </p>
    );
  if (data.repositories.length === 0) return <Nothing view={data} onChange={props.onChange} />;
  return <Fields {...props} catalogue={data} onFresh={() => void catalogue.refetch()} />;
}

interface NothingProps {
  readonly view: CatalogueView;
  readonly onChange: (version: Version) => void;
}

function Nothing({ view, onChange }: NothingProps) {
  const { t } = useTranslation();
  const empty = view.state === "ready";
  // What was started last time cannot be had any more. Of a registry that does not answer, nobody knows that.
  useEffect(() => {
    if (empty) onChange(NOTHING_CHOSEN);
  }, [empty, onChange]);
  return (
    <p role="status" className={styles.note} data-tone={view.state === "unreachable" ? "warn" : undefined}>
      {view.state === "unreachable" ? (view.problem ?? t("catalogue.unreachable")) : t("catalogue.nothing")}
    </p>
  );
}

interface FieldsProps extends Props {
  readonly catalogue: CatalogueView;
  /** The field was opened: what was pushed a moment ago is to be there. */
  readonly onFresh: () => void;
}

function Fields({ version, last, onChange, catalogue, onFresh }: FieldsProps) {
  const { t } = useTranslation();
  const names = catalogue.repositories.map(({ name }) => name);
  const repository = [version.repository, last.repository, names[0] ?? ""].find((name) => names.includes(name)) ?? "";
  const tags = useTags(repository);
  const known = tags.data?.tags ?? [];
  const wanted = repository === last.repository ? [version.tag, last.tag] : [version.tag];
  const tag = wanted.find((one) => known.includes(one)) ?? known[0] ?? "";
  const gone = tags.isSuccess && repository === last.repository && last.tag !== "" && !known.includes(last.tag);

  // What stands in the fields is what a start asks for, also after the registry took a tag away.
  useEffect(() => {
    if (version.repository !== repository || version.tag !== tag) onChange({ repository, tag });
  }, [version, repository, tag, onChange]);

  const choose = (name: string) => onChange({ ...NOTHING_CHOSEN, repository: name });
  return (
    <div className={styles.fields}>
      <div className={styles.pair}>
        {names.length > MANY ? (
          <Combobox
            label={t("catalogue.image")}
            options={names}
            value={repository}
            onChange={choose}
            onFocus={onFresh}
          />
        ) : (
          <NativeSelect
            label={t("catalogue.image")}
            data={names}
            value={repository}
            onFocus={onFresh}
            onChange={(event) => choose(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label={t("catalogue.version")}
          value={tag}
          data={known.length === 0 ? [{ value: "", label: tags.isPending ? t("app.loading") : "–" }] : [...known]}
          disabled={known.length === 0}
          aria-busy={tags.isFetching}
          aria-describedby="catalogue-notes"
          onFocus={() => void tags.refetch()}
          onChange={(event) => onChange({ repository, tag: event.currentTarget.value })}
        />
      </div>
      <div id="catalogue-notes" role="status" className={styles.notes}>
        {tags.isPending && <p className="quiet">{t("catalogue.loadingVersions")}</p>}
        {tags.isSuccess && known.length === 0 && <p>{t("catalogue.noVersions", { repository })}</p>}
        {gone && known.length > 0 && <p>{t("catalogue.gone", { tag: last.tag })}</p>}
        <Unsure catalogue={catalogue} tags={tags.data} />
      </div>
      {tags.isError && <Problem error={tags.error} onRetry={() => void tags.refetch()} />}
    </div>
  );
}

/** The registry did not answer: what stands here was known before. */
function Unsure({ catalogue, tags }: { readonly catalogue: CatalogueView; readonly tags: TagsView | undefined }) {
  const problem = tags?.problem ?? (catalogue.state === "unreachable" ? catalogue.problem : null);
  if (problem === null) return null;
  return (
    <div className={styles.note} data-tone="warn">
      <p className="break">{problem}</p>
      {catalogue.checkedAt !== null && (
        <p className="small">
          <Trans i18nKey="catalogue.knownSince" components={{ time: <Ago iso={catalogue.checkedAt} /> }} />
        </p>
      )}
    </div>
  );
}
