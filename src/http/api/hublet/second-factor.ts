/** One's own second factor, and taking it from somebody who lost the app. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import {
  beginSecondFactorSchema,
  confirmSecondFactorSchema,
  removeSecondFactorSchema,
  type SecondFactorView,
} from "../../../contract/index.ts";
import { HubError } from "../../../kernel/index.ts";
import { qrSvg } from "../../qr.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, callerWith, emptyAnswer, personOf } from "../caller.ts";
import { nameOf, parse } from "../input.ts";
import { mayTouch } from "./touching.ts";

export function secondFactorApi(app: ZodApp, services: HubServices, api: string): void {
  const { signIn } = services;
  const path = `${api}/hublet/account/second-factor`;

  app.get(path, async (request): Promise<SecondFactorView> => signIn.secondFactorOf(inBrowser(request)));

  app.post(path, async (request) => {
    const name = inBrowser(request);
    const { password } = parse(beginSecondFactorSchema, request.body);
    const { secret, uri } = await signIn.beginSecondFactor(name, { password, address: addressOf(request) });
    return { secret, uri, qr: qrSvg(uri) };
  });

  app.put(path, async (request) => {
    const name = inBrowser(request);
    const { code } = parse(confirmSecondFactorSchema, request.body);
    return { recoveryCodes: await signIn.confirmSecondFactor(name, { code, address: addressOf(request) }) };
  });

  app.delete(path, async (request, reply) => {
    const name = inBrowser(request);
    const proof = parse(removeSecondFactorSchema, request.body);
    await signIn.removeSecondFactor(name, { ...proof, address: addressOf(request) });
    return emptyAnswer(reply, 204);
  });

  app.delete(
    `${api}/hublet/people/:name/second-factor`,
    { schema: { params: z.object({ name: z.string() }) } },
    async (request, reply) => {
      const identity = callerWith(request, ["admin:users"]);
      const person = await personOf(services, nameOf(request.params.name));
      mayTouch(identity, person);
      await signIn.resetSecondFactor(person.name);
      services.log.info({ by: identity.user.name, user: person.name }, "second factor removed");
      return emptyAnswer(reply, 204);
    },
  );
}

/** A token must not be enough to take an account over for good. @throws HubError `not-signed-in`, `forbidden` */
function inBrowser(request: FastifyRequest): string {
  const { name } = callerOf(request).user;
  if (request.visitor.session === undefined)
    throw new HubError(
      "forbidden",
      "A second factor is managed in the browser, by the person who is signed in there. Open the account page.",
    );
  return name;
}

function addressOf(request: FastifyRequest): string {
  return request.visitor.client.address;
}
