/** One person at the side of the list: what they may do, what they get and why, and what an admin can do about it. */
import { Drawer } from "@mantine/core";
import "@mantine/core/styles/Drawer.css";
import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import type { Ask, Asked } from "../admin/person-dialogs.tsx";
import { useLast } from "../admin/use-last.ts";
import { useExplanation, usePeople } from "../api/queries.ts";
import { Loading } from "../parts/loading.tsx";
import { Problem } from "../parts/problem.tsx";
import styles from "./person.module.css";
import { PersonAbout } from "./person-about.tsx";

interface Props {
  /** Null: closed. */
  readonly name: string | null;
  /** Who is in the list already. */
  readonly known: readonly PersonView[];
  /** A dialog lies over the panel and has the keyboard. */
  readonly covered: boolean;
  readonly onAsk: (asked: Asked) => void;
  readonly onClose: () => void;
}

export function PersonPanel({ name, known, covered, onAsk, onClose }: Props) {
  const { t } = useTranslation();
  const shown = useLast(name);
  return (
    <Drawer
      opened={name !== null}
      onClose={onClose}
      position="right"
      size={620}
      padding="xl"
      title={shown}
      closeOnEscape={!covered}
      trapFocus={!covered}
      closeButtonProps={{ "aria-label": t("app.close") }}
      classNames={{ content: styles.content ?? "", header: styles.header ?? "", title: styles.title ?? "" }}
      attributes={{ header: { role: "presentation" } }}
      overlayProps={{ backgroundOpacity: 0.3, color: "#0b120f" }}
      transitionProps={{ transition: "fade", duration: 120 }}
    >
      {name !== null && <Person key={name} name={name} known={known} onAsk={onAsk} />}
    </Drawer>
  );
}

function Person({ name, known, onAsk }: Pick<Props, "known" | "onAsk"> & { readonly name: string }) {
  const { t } = useTranslation();
  const listed = known.find((one) => one.name === name);
  // The address may name somebody who is not on this page of the list.
  const query = { search: name, state: "all", group: "", sort: "name", offset: 0 };
  const found = usePeople(query, listed === undefined, 200);
  const explanation = useExplanation(name);
  const person = listed ?? found.data?.items.find((one) => one.name === name);
  const error = explanation.error ?? found.error;
  if (error !== null) {
    return <Problem error={error} onRetry={() => void Promise.all([explanation.refetch(), found.refetch()])} />;
  }
  if (explanation.data === undefined || (person === undefined && found.isPending)) return <Loading />;
  if (person === undefined) return <p>{t("person.gone")}</p>;
  return (
    <PersonAbout
      person={person}
      explanation={explanation.data}
      onAsk={(what: Ask, of = "") => onAsk({ what, person, of })}
    />
  );
}
