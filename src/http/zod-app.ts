/** A Fastify application with zod schemas, and what our routes say of themselves. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Visitor } from "./visitor.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; absent on routes that are `open`. */
    visitor: Visitor;
  }
  interface FastifyContextConfig {
    /** Answers the same to everybody: nobody is recognised, so that the database is left alone. */
    open?: boolean;
    /** `exempt`: nothing that a browser sends by itself counts here. `form`: the handler checks, to show its form again. */
    xsrf?: "exempt" | "form";
  }
}

/** An application with zod schemas for types and validation. */
export type ZodApp = ReturnType<typeof withZod>;

export function withZod(app: FastifyInstance) {
  return app.withTypeProvider<ZodTypeProvider>();
}
