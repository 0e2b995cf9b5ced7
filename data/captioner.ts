import OpenAI, { APIError } from "openai";
import { oneLine } from "../files/one_line.ts";

/** Which model writes captions, and how. */
export interface CaptionerOptions {
  /** The base of an OpenAI-compatible API, such as `https://api.openai.com/v1`. */
  readonly endpoint: string;
  /** What the endpoint calls the model, which must take pictures. */
  readonly model: string;
  /** N_s, the captions of a video: 6 in the paper. */
  readonly captions: number;
  /** Sent as a bearer token, and never told. Local servers need none. */
  readonly apiKey?: string;
  /** How often a request is sent before it is given up. Defaults to 6. */
  readonly attempts?: number;
  /**
   * Seconds before the second attempt, which double with every further one, unless the endpoint
   * says how long to wait. Defaults to 1.
   */
  readonly firstDelay?: number;
}

/** The endpoint refuses every request: going on would help nothing. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/** Seconds that an endpoint may ask to wait. */
const LONGEST_WAIT = 600;

/** Seconds beyond which the delay does not double. */
const LONGEST_DELAY = 60;

/** What answers of such a status say holds for every request. */
const HOPELESS: ReadonlyMap<number, string> = new Map([
  [401, "it does not accept the key; set OPENAI_API_KEY"],
  [403, "it forbids the model to this key"],
  [404, "it knows no such address or model"],
]);

/** Asks a vision model for captions of a video. */
export class Captioner {
  readonly #options: CaptionerOptions;
  readonly #client: OpenAI;

  /** @throws {RangeError} If the endpoint is no address. */
  constructor(options: CaptionerOptions) {
    if (!URL.canParse(options.endpoint) || !/^https?:/.test(options.endpoint)) {
      throw new RangeError(
        `Cannot use the endpoint "${options.endpoint}": expected an address such as ` +
          "https://api.openai.com/v1",
      );
    }
    this.#options = options;
    this.#client = new OpenAI({
      baseURL: options.endpoint,
      // The client refuses to start without one.
      apiKey: options.apiKey ?? "none",
      organization: null,
      project: null,
      maxRetries: 0,
      logLevel: "off",
    });
  }

  /**
   * Writes the captions of a video. What fails for now is tried again: no connection, too many
   * requests, a server's error, an answer that is no list of captions.
   *
   * @param frames JPEG files, in order of time.
   * @returns As many captions as were asked for.
   * @throws {EndpointError} If the endpoint refuses every request.
   * @throws {Error} If it failed as often as it may, with the last reason.
   */
  async caption(frames: readonly Uint8Array[], signal: AbortSignal): Promise<string[]> {
    const { attempts = 6, firstDelay = 1 } = this.#options;
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#ask(frames, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { message, wait, final } = this.#failure(error);
        if (final || attempt === attempts) throw message;
        // Requests that failed together do not come back together.
        const delay = Math.min(firstDelay * 2 ** (attempt - 1), LONGEST_DELAY);
        await sleep(wait ?? delay * (0.75 + Math.random() / 2), signal);
      }
    }
  }

  async #ask(frames: readonly Uint8Array[], signal: AbortSignal): Promise<string[]> {
    const { model, captions } = this.#options;
    const completion = await this.#client.chat.completions.create({
      model,
      messages: [{
        role: "user",
        content: [
          { type: "text", text: instruction(frames.length, captions) },
          ...frames.map((frame) => ({
            type: "image_url" as const,
            image_url: { url: `data:image/jpeg;base64,${frame.toBase64()}` },
          })),
        ],
      }],
    }, { signal });
    const answer = completion.choices?.[0]?.message?.content;
    return parseCaptions(typeof answer === "string" ? answer : "", captions);
  }

  /** What a failure means: what to say, how many seconds to wait, whether to give up. */
  #failure(error: unknown): { message: Error; wait?: number; final: boolean } {
    const { endpoint, apiKey } = this.#options;
    const text = error instanceof Error ? error.message : String(error);
    // Some endpoints repeat the key that they were sent.
    const safe = oneLine(apiKey ? text.replaceAll(apiKey, "…") : text);
    const status = error instanceof APIError ? error.status : undefined;
    const hopeless = status === undefined ? undefined : HOPELESS.get(status);
    if (hopeless) {
      const message = `Cannot get captions from ${endpoint}: ${hopeless}: ${safe}`;
      return { message: new EndpointError(message), final: true };
    }
    const message = new Error(`Cannot get captions from ${endpoint}: ${safe}`);
    const passing = status === undefined || status === 408 || status === 409 || status === 429 ||
      status >= 500;
    const asked = error instanceof APIError ? retryAfter(error.headers) : undefined;
    return { message, wait: asked, final: !passing || (asked ?? 0) > LONGEST_WAIT };
  }
}

function instruction(frames: number, captions: number): string {
  const pictures = frames === 1 ? "This is a frame" : `These are ${frames} frames, in order,`;
  return `${pictures} of one video. Write ${captions} different captions of the video, a sentence ` +
    "each: what is seen, who does what to what, where, and what a short description would leave " +
    `out. Answer with a JSON array of ${captions} strings and nothing else.`;
}

/**
 * Reads captions out of a model's answer: a JSON array, whatever stands around it, or lines.
 *
 * @throws {Error} If there are fewer than were asked for.
 *
 * @example
 * ```ts
 * import { parseCaptions } from "./captioner.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseCaptions('Sure:\n["A dog runs.", "Grass."]', 2), ["A dog runs.", "Grass."]);
 * assert.deepEqual(parseCaptions("1. A dog runs.\n2. Grass.", 2), ["A dog runs.", "Grass."]);
 * ```
 */
export function parseCaptions(answer: string, captions: number): string[] {
  const found = (jsonStrings(answer) ?? lines(answer))
    .map((text) => text.replaceAll(/\s+/g, " ").trim())
    .filter((text) => text !== "");
  if (found.length < captions) {
    const start = oneLine(answer.slice(0, 60));
    throw new Error(`expected ${captions} captions but found "${start}"`);
  }
  return found.slice(0, captions);
}

function jsonStrings(answer: string): string[] | null {
  const [start, end] = [answer.indexOf("["), answer.lastIndexOf("]")];
  if (start < 0 || end < start) return null;
  let json: unknown;
  try {
    json = JSON.parse(answer.slice(start, end + 1));
  } catch {
    return null;
  }
  return Array.isArray(json) && json.every((text) => typeof text === "string") ? json : null;
}

/** Lines without the numbers, dashes and quotes that models put around them. */
function lines(answer: string): string[] {
  return answer.split("\n").map((line) =>
    line.trim().replace(/^(?:\d+[.)]|[-*•])\s*/, "").replace(/^"(.*)",?$/, "$1")
  );
}

/** The seconds that an answer asks to wait, if it does. */
function retryAfter(headers: Headers | undefined): number | undefined {
  const value = headers?.get("retry-after");
  if (!value) return undefined;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? seconds : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

async function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  const giveUp = () => reject(signal.reason);
  signal.addEventListener("abort", giveUp);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}
