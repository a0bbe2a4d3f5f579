/** Which passwords people may choose. */
import { HubError } from "../../kernel/index.ts";

/** Longer input is refused before any work is done on it (bytes of UTF-8). */
const LONGEST = 1024;

/**
 * Passwords of 8 characters and more that head every list of leaked ones, and what people of this field would type.
 * Lower case; no list of forbidden words can be long enough, the length is what counts.
 */
const COMMON: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 0123456789 12345678910 123456789a 1234567891 0987654321 987654321 9876543210
  11111111 1111111111 00000000 0000000000 12341234 123123123 1234512345 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx
  1qaz2wsx3edc qwertyui qwertyuio qwertyuiop qwertzuiop qwerty123 qwerty1234 qwerty12345 qwerty123456 asdfghjkl
  asdfasdf zxcvbnm123 abcd1234 abc123456 abcdefgh abcdefghij a123456789 aa123456789 password password1 password12
  password123 password1234 password12345 password! password1! password123! passw0rd p@ssword p@ssw0rd p@ssword123
  p@ssw0rd123 passwort passwort1 passwort123 motdepasse iloveyou iloveyou1 iloveyou123 letmein123 welcome1 welcome123
  welcome1234 changeme changeme1 changeme123 sunshine sunshine1 princess princess1 football baseball superman
  trustno1 administrator admin123 admin1234 admin12345 admin123456 adminadmin rootroot testtest test1234 test12345
  test123456 secret123 default1 jupyter1 jupyter123 jupyter1234 jupyterhub jupyterlab jupyterhub1 notebook notebook1
  notebook123`.split(/\s+/),
);

/**
 * The form of a password that is hashed: compatibility-normalised, so that the same password typed on another
 * keyboard or system is the same text. Undefined when it cannot be anybody's: empty or too long.
 */
export function normalPassword(password: string): string | undefined {
  if (password === "" || Buffer.byteLength(password) > LONGEST) return undefined;
  const normal = password.normalize("NFKC");
  // One character may become up to 18.
  return Buffer.byteLength(normal) > LONGEST ? undefined : normal;
}

/**
 * Returns the form to be hashed of a password that a person wants to use.
 * @throws HubError `password-too-weak` saying which rule it breaks
 */
export function acceptPassword(
  password: string,
  { name, minimum }: { readonly name: string; readonly minimum: number },
): string {
  const normal = normalPassword(password);
  if (normal === undefined) {
    if (password === "") throw weak(`It is empty. Use at least ${minimum} characters.`);
    throw weak(`It is too long. Use at most ${LONGEST} bytes.`);
  }
  // Counted as a person would: a character outside the basic plane is one.
  const length = [...normal].length;
  if (length < minimum) throw weak(`It has ${length} characters. Use at least ${minimum}; a few words are good.`);
  const folded = normal.toLowerCase();
  if (folded === name || folded === `${name}${name}`) throw weak("It is your user name. Choose another one.");
  if (COMMON.has(folded) || new Set(folded).size < 3) {
    throw weak("It is one of those that everybody tries first. Choose another one; a few words are good.");
  }
  return normal;
}

function weak(why: string): HubError {
  return new HubError("password-too-weak", `This password cannot be used. ${why}`);
}
