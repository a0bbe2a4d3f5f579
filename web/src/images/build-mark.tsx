import { useTranslation } from "react-i18next";
import type { BuildView } from "../../../src/contract/index.ts";
import parts from "../parts/parts.module.css";
import { buildTone } from "./build-state.ts";
import own from "./images.module.css";

/** The state of a build: a mark and a word. */
export function BuildMark({ state }: { readonly state: BuildView["state"] }) {
  const { t } = useTranslation();
  return (
    <span className={own.state}>
      <span className={parts.mark} data-tone={buildTone(state)} aria-hidden="true" />
      {t(`builds.state.${state}`)}
    </span>
  );
}
