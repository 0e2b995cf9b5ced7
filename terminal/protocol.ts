/** How a terminal is given pictures. */
export type Protocol = "kitty" | "iterm" | "sixel";

/**
 * Asks of kitty whether it takes pictures (its answer is `_Gi=31;OK`), and of any terminal what it
 * can do (`4` among its answers is sixels). Every terminal answers the second, so nobody waits long.
 */
export const QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c";

/** What a terminal said that it can do, as numbers; null where it has not answered. */
function abilities(answer: string): string[] | null {
  const begin = answer.indexOf("\x1b[?"), end = answer.indexOf("c", begin);
  if (begin < 0 || end < 0) return null;
  // The first number is the terminal's class.
  return answer.slice(begin + 3, end).split(";").slice(1);
}

/** Whether a terminal has answered all of {@linkcode QUESTION}. */
export function isAnswered(answer: string): boolean {
  return abilities(answer) !== null;
}

/**
 * Which protocol a terminal takes.
 *
 * @example
 * ```ts
 * import { protocolOf } from "./protocol.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(protocolOf({}, "\x1b_Gi=31;OK\x1b\\\x1b[?62c"), "kitty");
 * assert.equal(protocolOf({}, "\x1b[?62;4;22c"), "sixel");
 * assert.equal(protocolOf({ TERM_PROGRAM: "iTerm.app" }, ""), "iterm");
 * assert.equal(protocolOf({}, "\x1b[?62c"), null);
 * ```
 *
 * @param environment The variables that terminals set.
 * @param answer What it answered to {@linkcode QUESTION}; empty where it was not asked.
 * @returns The best protocol; null where it takes no pictures.
 */
export function protocolOf(
  environment: Readonly<Record<string, string | undefined>>,
  answer: string,
): Protocol | null {
  if (answer.includes("\x1b_Gi=31;OK")) return "kitty";
  // It has no answer for this, but a name, which another terminal around it does not change.
  const iterm = environment.TERM_PROGRAM === "iTerm.app" || environment.LC_TERMINAL === "iTerm2";
  if (iterm && !environment.TMUX && !environment.STY) return "iterm";
  return abilities(answer)?.includes("4") ? "sixel" : null;
}
