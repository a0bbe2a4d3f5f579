/** A request as a hub makes it, or makes up. */
export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Attacks = Readonly<Record<string, () => Asked>>;

export function create(body: unknown, name = "jupyter-ada"): Asked {
  return { method: "POST", path: `/v1.41/containers/create?name=${name}`, body };
}
