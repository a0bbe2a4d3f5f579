import { useTranslation } from "react-i18next";
import { useExplanation, useHome, useWho } from "../api/queries.ts";
import { givenBy, type PolicyLine, policyLines } from "../logic/policy.ts";
import { Problem } from "../parts/problem.tsx";
import { PolicyList } from "../policy/policy-list.tsx";
import { usePolicyWords } from "../policy/use-policy-words.ts";
import styles from "./account.module.css";

/** The lines that tell a person what to expect; the rest of the policy is for admins. */
const TOLD = ["memory", "cpus", "maximumServers", "idleTimeout", "maximumAge", "mount"];

/** One's own groups and what they give, and what one's servers get altogether. */
export function OwnRights() {
  const { t } = useTranslation();
  const { name } = useWho();
  const explanation = useExplanation(name);
  const home = useHome();
  if (explanation.isError) return <Problem error={explanation.error} onRetry={() => void explanation.refetch()} />;
  if (explanation.data === undefined) return null;
  const { groups, policy } = explanation.data;
  const lines = policyLines(
    policy,
    groups.map((group) => group.name),
  );
  // A limit that this host does not enforce would be an empty promise.
  const limits = home.data?.limits;
  const shown = lines.filter(
    ({ what, value }) =>
      !(what === "memory" && limits?.memory === false) &&
      !(what === "cpus" && limits?.cpu === false) &&
      !(value.kind === "time" && value.value === null),
  );
  return (
    <section className="card stack" aria-labelledby="rights-title">
      <h2 id="rights-title">{t("account.rights")}</h2>
      <PolicyList lines={shown.filter(({ what }) => TOLD.includes(what))} reasons={false} />
      <div>
        <h3 className={styles.sub}>{t("account.groups")}</h3>
        {groups.length === 0 && <p className="quiet">{t("account.noGroups")}</p>}
        {groups.length > 0 && (
          <ul className={styles.groups}>
            {groups.map((group) => (
              <li key={group.name}>
                <strong className="break">{group.name}</strong>
                <Given lines={givenBy(shown, group.name)} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Given({ lines }: { readonly lines: readonly PolicyLine[] }) {
  const { t } = useTranslation();
  const words = usePolicyWords();
  if (lines.length === 0) return null;
  const said = lines.map((line) => t("policy.line", { title: words.title(line), value: words.value(line.value) }));
  return <span className="break">{said.join(" · ")}</span>;
}
