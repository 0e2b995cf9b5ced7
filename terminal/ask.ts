import { isAnswered, type Protocol, protocolOf, QUESTION } from "./protocol.ts";

/** Milliseconds that a terminal is given to answer. */
const PATIENCE = 300;

const NAMES = ["TERM", "TERM_PROGRAM", "LC_TERMINAL", "TMUX", "STY"];

/**
 * Finds out whether standard output is a terminal that takes pictures, by asking it.
 *
 * @returns How; null where it does not, or is none.
 */
export async function terminalProtocol(): Promise<Protocol | null> {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return null;
  const environment = Object.fromEntries(NAMES.map((name) => [name, Deno.env.get(name)]));
  if (environment.TERM === "dumb") return null;
  return protocolOf(environment, await ask());
}

/** Asks the terminal; what is typed meanwhile is lost. */
async function ask(): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(256);
  let answer = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<null>((resolve) => timer = setTimeout(resolve, PATIENCE, null));
  // Ctrl-C still ends the program.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(QUESTION));
    while (!isAnswered(answer)) {
      const count = await Promise.race([Deno.stdin.read(bytes), over]);
      if (count === null) break;
      answer += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
  } finally {
    clearTimeout(timer);
    Deno.stdin.setRaw(false);
  }
  return answer;
}
