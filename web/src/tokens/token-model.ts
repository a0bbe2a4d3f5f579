/** Tokens as JupyterHub's REST API gives them (`GET users/{name}/tokens`), and how the page sorts them. */

export interface Token {
  readonly id: string;
  readonly note: string | null;
  readonly scopes: readonly string[];
  readonly created: string;
  readonly last_activity: string | null;
  readonly expires_at: string | null;
  readonly oauth_client: string | null;
}

/** `JupyterHub` is the client of tokens that a person made; others belong to servers and apps. */
const OWN_CLIENT = "JupyterHub";
/** A server's own token has this note and the client above. */
const SERVER_NOTE = /^Server at \S*\/user\//;

export function sortTokens(tokens: readonly Token[]): {
  readonly own: readonly Token[];
  readonly others: readonly Token[];
} {
  const newestFirst = tokens.toSorted((a, b) => Date.parse(b.created) - Date.parse(a.created));
  const isOwn = (token: Token) =>
    (token.oauth_client === null || token.oauth_client === OWN_CLIENT) && !SERVER_NOTE.test(token.note ?? "");
  return { own: newestFirst.filter(isOwn), others: newestFirst.filter((token) => !isOwn(token)) };
}
