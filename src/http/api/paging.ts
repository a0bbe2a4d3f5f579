/** JupyterHub's paging (contract 3.6). */
import type { FastifyRequest } from "fastify";
import { HubError } from "../../kernel/index.ts";

const PAGED = "application/jupyterhub-pagination+json";
const MAXIMUM = 200;

export interface Page {
  /** The caller asked for the wrapped form. */
  readonly wrapped: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** @throws HubError `bad-request` when offset or limit is not an integer */
export function pageOf(request: FastifyRequest): Page {
  const query = request.query as Record<string, unknown>;
  const wrapped = (request.headers.accept ?? "").includes(PAGED);
  const limit = Math.abs(integer(query.limit, "limit") ?? (wrapped ? 50 : MAXIMUM));
  return {
    wrapped,
    offset: Math.abs(integer(query.offset, "offset") ?? 0),
    limit: Math.min(Math.max(limit, 1), MAXIMUM),
  };
}

function integer(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !/^-?\d+$/.test(value))
    throw new HubError("bad-request", `The parameter ${name} must be an integer.`);
  return Number(value);
}

/** A page as the caller asked for it; `next.url` has the host the client used and keeps all other parameters. */
export function pageAnswer(request: FastifyRequest, page: Page, items: readonly unknown[], total: number): unknown {
  if (!page.wrapped) return items;
  const following = page.offset + page.limit;
  const url = new URL(request.url, request.visitor.client.origin);
  url.searchParams.set("offset", String(following));
  url.searchParams.set("limit", String(page.limit));
  const next = following < total ? { offset: following, limit: page.limit, url: url.href } : null;
  return { items, _pagination: { offset: page.offset, limit: page.limit, total, next } };
}
