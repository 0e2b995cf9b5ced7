import { ExitCode } from "./exit_code.ts";

/** What a terminal in raw mode sends for Ctrl-C. */
const CTRL_C = 3;

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
}

/**
 * Asks a yes-or-no question on the terminal. Without a terminal the answer is no, since nobody is
 * there to be asked.
 */
export function confirm(question: string): boolean {
  if (!canAsk()) {
    console.error(`${question} No; run it on a terminal to be asked`);
    return false;
  }
  const key = askForKey(`${question} Press y for yes, any other key for no: `);
  if (key === CTRL_C) Deno.exit(ExitCode.Interrupted);
  return key === "y".charCodeAt(0) || key === "Y".charCodeAt(0);
}

/** Standard output is for results alone: `globalThis.confirm` would write to it. */
function askForKey(question: string): number {
  const key = new Uint8Array(64);
  Deno.stderr.writeSync(new TextEncoder().encode(question));
  // A signal is not heard during a synchronous read; a key is.
  Deno.stdin.setRaw(true);
  try {
    Deno.stdin.readSync(key);
  } finally {
    Deno.stdin.setRaw(false);
    Deno.stderr.writeSync(new TextEncoder().encode("\n"));
  }
  return key[0];
}
