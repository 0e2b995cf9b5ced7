/** Seconds before each further attempt. */
const PAUSES = [1, 4, 15];

/** Seconds that one attempt may take. */
const TIME_LIMIT = 10;

/** What another attempt may mend. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Posts JSON, again where it fails in a way that may pass. Redirects are not followed: they may lead
 * where nobody asked for.
 *
 * @param url Where to.
 * @param body What is posted.
 * @param signal Gives up.
 * @throws {Error} If it is not accepted; in one line, which names the host alone, since the rest of
 * such URLs is often a secret.
 */
export async function postJson(url: string, body: unknown, signal: AbortSignal): Promise<void> {
  const { host } = new URL(url);
  let why = "";
  for (const pause of [0, ...PAUSES]) {
    await wait(1000 * pause * (0.5 + Math.random()), signal);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(1000 * TIME_LIMIT)]),
      });
      await response.body?.cancel();
      if (response.ok) return;
      why = `it answered ${response.status}`;
      if (!TRANSIENT.has(response.status)) break;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Deno.errors.NotCapable) {
        throw new Error(
          `Cannot post to ${host}: this command may not; deno task alert and deno task watch may`,
          { cause: error },
        );
      }
      why = error instanceof DOMException && error.name === "TimeoutError"
        ? `it did not answer within ${TIME_LIMIT} s`
        : "it cannot be reached";
    }
  }
  throw new Error(`Cannot post to ${host}: ${why}; it is tried again with the next matches`);
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal.throwIfAborted();
}
