/** How request bodies are read: differently below the API, on pages with forms, and where there is nobody to read them. */
import formbody from "@fastify/formbody";
import type { FastifyInstance } from "fastify";
import { HubError } from "../kernel/index.ts";

export const MAX_BODY_BYTES = 1024 * 1024;

/**
 * JSON whatever the content type says, since JupyterHub's clients send any or none (contract 3.1); an empty body is no
 * body. What a browser can send from a foreign page without asking is refused for cookies elsewhere (contract 2.6).
 */
export function readJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    ["application/json", "*"],
    { parseAs: "buffer" },
    (_request: unknown, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      try {
        done(null, body.length === 0 ? undefined : parseJson(body));
      } catch (error) {
        done(new HubError("bad-request", "Invalid JSON in body of request", { cause: error }));
      }
    },
  );
}

function parseJson(body: Buffer): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
}

/** HTML forms, beside what the scope reads already. */
export async function readForms(scope: FastifyInstance): Promise<void> {
  await scope.register(formbody, { bodyLimit: MAX_BODY_BYTES });
}

/** Bodies of any kind and size go unread: whoever saves a notebook to a server that is gone gets their 424. */
export function ignoreBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    done(null);
  });
}
