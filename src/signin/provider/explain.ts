/** Whether a person gets in by each provider, for `hublet auth explain`; what only the provider knows is said to be unknown. */
import type { ConfigSnapshot } from "../../config/index.ts";
import type { Explanation } from "../../contract/index.ts";
import { userName } from "../../kernel/index.ts";
import { configuredIssuer, type People, type Standings } from "../../people/index.ts";
import type { SignInMethod } from "../port.ts";
import { firstVisit } from "./rules.ts";

type Method = Explanation["methods"][number];

export interface ExplainParts {
  readonly snapshot: () => ConfigSnapshot;
  readonly people: Pick<Standings, "explain"> & Pick<People, "find">;
}

/** Also of names that nobody has. @throws HubError `name-invalid` */
export async function explainProviders(
  { snapshot, people }: ExplainParts,
  methods: readonly SignInMethod[],
  name: string,
): Promise<Method[]> {
  if (methods.length === 0) return [];
  const known = await people.explain(name);
  const hasPassword = (await people.find(name))?.hasPassword === true;
  return methods.map(({ id: method, title }) => {
    const there = known.identities.filter(({ provider }) => provider === method);
    const issuer = configuredIssuer(snapshot().config.signIn, method);
    const identity = there.find((one) => one.issuer === issuer);
    const verdict =
      identity !== undefined
        ? acquainted(known, identity, title)
        : there[0] !== undefined
          ? elsewhere(there[0], title)
          : stranger(snapshot(), { method, title, known, hasPassword });
    return { method, title, ...verdict };
  });
}

type Verdict = Pick<Method, "usable" | "text">;
type Standing = Awaited<ReturnType<Standings["explain"]>>;

function acquainted({ enter }: Standing, identity: Standing["identities"][number], title: string): Verdict {
  const { login, subject, groups, refreshedAt, problem } = identity;
  const who = login === subject ? `“${login}”` : `“${login}” (${subject})`;
  const lookedUp =
    problem === null
      ? ""
      : ` Groups are those of ${refreshedAt} (${groups.join(", ") || "none"}), since they could not be looked up again: ${problem}`;
  const because = enter.because.map(({ text, place }) => (place === null ? text : `${text} (${place})`)).join(" ");
  const verdict = enter.allowed ? "May enter" : "May not enter";
  return { usable: enter.allowed, text: `Known at ${title} as ${who}. ${verdict}: ${because}${lookedUp}` };
}

/** Known at another instance than the configuration names: there it is somebody else who has this name. */
function elsewhere({ login, problem }: Standing["identities"][number], title: string): Verdict {
  const text = `Known as “${login}” at another ${title} than the one of the configuration now. ${problem ?? ""} Who signs in there now becomes another person here.`;
  return { usable: false, text };
}

interface Stranger {
  readonly method: string;
  readonly title: string;
  readonly known: Standing;
  readonly hasPassword: boolean;
}

function stranger(snapshot: ConfigSnapshot, { method, title, known, hasPassword }: Stranger): Verdict {
  const { name, exists, identities } = known;
  const { fitting, byName, undecided } = firstVisit(snapshot, method, name);
  const source = snapshot.declared.get(userName(name))?.source;
  // Accounts of this host say nothing of who has that name elsewhere.
  const ofHost = source === "people.hostAccounts" && method !== "header";
  const declared = ofHost ? undefined : source;
  const rule = fitting ?? declared;
  const local = ofHost
    ? ` An account of this host (people.hostAccounts) stands for “${name}”; it lets in nobody of ${title}, where anybody may have that name.`
    : "";
  const nobody = `Nobody has signed in with ${title} as “${name}” yet.${local}`;
  if (rule === undefined && undecided.length === 0)
    return {
      usable: false,
      text: `${nobody} No ${ofHost ? "other rule" : `rule of ${title} or of people`} names “${name}”, so they would be refused.`,
    };
  // The name alone is no proof that it is the same person (the people room's rule for new identities).
  if (exists && (hasPassword || identities.length > 0))
    return {
      usable: false,
      text: `This person has not signed in with ${title}, and signs in another way: “${name}” of ${title} would become another person here.`,
    };
  if (rule !== undefined && (byName || !exists || declared !== undefined))
    return { usable: true, text: `${nobody} Who is “${name}” there would be let in: ${rule} says so.` };
  if (rule !== undefined)
    return {
      usable: false,
      text: `${nobody} ${rule} lets everybody in, but “${name}” exists here already and no rule names that account, so they would become another person.`,
    };
  return {
    usable: false,
    text: `${nobody} Not known: ${undecided.join(", ")} are let in, and only ${title} can tell at a sign-in whether “${name}” is one of them.`,
  };
}
