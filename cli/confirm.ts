/**
 * Asks a yes-or-no question on the terminal. Without a terminal the answer is no, since nobody is
 * there to be asked.
 */
export function confirm(question: string): boolean {
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) {
    console.error(`${question} No: there is no terminal to ask on`);
    return false;
  }
  return globalThis.confirm(question);
}
