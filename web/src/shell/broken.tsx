import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  readonly children: ReactNode;
}

/** Keeps a mistake of ours from leaving an empty page; React wants a class for this. */
export class Broken extends Component<Props, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <BrokenPage /> : this.props.children;
  }
}

/** Plain markup of the hub's own pages: it must not depend on what broke. */
function BrokenPage() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <main className="page-card">
        <h1>{t("app.brokenTitle")}</h1>
        <p>{t("app.brokenText")}</p>
        <button type="button" className="page-primary" onClick={() => window.location.reload()}>
          {t("app.reload")}
        </button>
      </main>
    </div>
  );
}
