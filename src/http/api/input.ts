/** Reading what callers send: bodies, queries and the names of paths. */
import { z } from "zod";
import { HubError, possibleName, type UserName, userName } from "../../kernel/index.ts";

/** @throws HubError `bad-request` with what is wrong */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new HubError("bad-request", `The request is not as it should be: ${z.prettifyError(result.error)}`);
}

/** A JSON object body, or undefined when there is none. @throws HubError `bad-request` */
export function objectBody(body: unknown): Record<string, unknown> | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== "object" || Array.isArray(body))
    throw new HubError("bad-request", "The body must be a JSON object.");
  return body as Record<string, unknown>;
}

/** A name of a path; one that cannot exist is not found. @throws HubError `not-found` */
export function nameOf(raw: string): UserName {
  try {
    return userName(raw);
  } catch (error) {
    throw new HubError("not-found", "No access to resources or resources not found", { cause: error });
  }
}

/** As names are kept; what can be no name stays as it is, and is nobody's. */
export function keptName(raw: string): string {
  return possibleName(raw) ?? raw;
}

/** `?flag`, `?flag=` and any value but 0 and false count as given (contract 3.2). */
export function flag(query: unknown, name: string): boolean {
  const value = (query as Record<string, unknown>)[name];
  return value !== undefined && value !== "0" && value !== "false";
}

/** One of a few words; undefined when absent. @throws HubError `bad-request` */
export function choice<const T extends string>(value: unknown, allowed: readonly T[], name: string): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new HubError("bad-request", `${name} must be one of ${allowed.join(", ")}.`);
  return found;
}
