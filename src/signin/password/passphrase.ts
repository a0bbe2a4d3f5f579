/** Pass phrases for people who are imported with one. */
import { randomInt } from "node:crypto";
import { wordlist } from "@scure/bip39/wordlists/english.js";

const WORDS = 5;

/**
 * Words of the BIP-39 list (2048 short English ones, no two of which begin with the same four letters) and a digit:
 * `ocean-lemon-slab-pigeon-tuna-4`, 58 bits. More words when the hub demands longer passwords.
 * @param minimum shortest password, in characters
 */
export function generatePassphrase(minimum = 0): string {
  const parts: string[] = [];
  while (parts.length < WORDS || parts.join("-").length + 2 < minimum) parts.push(pick(wordlist));
  return `${parts.join("-")}-${randomInt(10)}`;
}

function pick(words: readonly string[]): string {
  const word = words[randomInt(words.length)];
  if (word === undefined) throw new Error("the list of words is empty");
  return word;
}
