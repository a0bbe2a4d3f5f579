/** What engines say about registries, told apart by their words: neither of them gives a code. */
import { HubError } from "../../kernel/index.ts";
import { sentence } from "./errors.ts";
import { registryOf } from "./image-names.ts";

const MISSING =
  /manifest.{0,40}(unknown|not found)|name unknown|no such image|repository .*not found|does not exist|manifest for .* not found/i;
const REFUSED =
  /unauthori[sz]ed|authentication required|no basic auth|denied|forbidden|invalid username\/password|incorrect username or password|status 40[13]/i;
const PLAIN = /server gave HTTP response to HTTPS client/i;
/** Of the broker between a deployment's hub and its engine, which never asked the registry. */
const NOT_NAMED = /hublet-broker: the configuration does not name the image/;
const UNKNOWN_AUTHORITY = /x509|certificate/i;

/** `signedIn`: credentials were sent along. */
export function registryProblem(
  reference: string,
  said: string,
  signedIn: boolean,
): { readonly kind: "missing" | "refused" | "other"; readonly advice: string } {
  const registry = registryOf(reference);
  if (NOT_NAMED.test(said))
    return {
      kind: "other",
      advice: "A deployment takes only images that hublet.yaml names: under server, profiles, groups or catalogue.",
    };
  // Docker Hub says "denied: … does not exist or may require" for what is private and for what is not there.
  if (MISSING.test(said))
    return {
      kind: "missing",
      advice: `Check name and tag${signedIn ? "" : `; if it is private, name a sign-in for ${registry} under “registries” in hublet.yaml`}.`,
    };
  if (REFUSED.test(said))
    return {
      kind: "refused",
      advice: signedIn
        ? `The sign-in for ${registry} under “registries” in hublet.yaml is wrong, or may not do this: mend user name or password there.`
        : `If the image is private, name a sign-in for ${registry} under “registries” in hublet.yaml; else check the name.`,
    };
  if (PLAIN.test(said))
    return {
      kind: "other",
      advice: `${registry} speaks plain HTTP: give it a certificate, or set “insecure: true” for it under “registries” in hublet.yaml.`,
    };
  if (UNKNOWN_AUTHORITY.test(said))
    return {
      kind: "other",
      advice: `The engine does not trust the certificate of ${registry}: name its authority under “registries” in hublet.yaml.`,
    };
  return { kind: "other", advice: `Check that this host reaches ${registry}, then try again.` };
}

/** `could` completes “The image x could not be …”: `fetched`, `pushed`. */
export function registryRefused(reference: string, could: string, said: string, advice: string): HubError {
  return new HubError(
    "registry-refused",
    `The image ${reference} could not be ${could}: ${registryOf(reference)} wants a sign-in that it accepts. ${advice}`,
    { detail: sentence(said) },
  );
}
