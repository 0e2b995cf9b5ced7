import { reach } from "../api.ts";
import type { Playback } from "./playback.ts";

/** Segments that are loaded ahead of the one that plays. */
const AHEAD = 1;

/** Seconds behind the one that plays that are kept when memory runs out. */
const BEHIND = 20;

/**
 * Feeds a video element with segments that the server makes of a file that the browser cannot
 * play: the one at the current time first, then the next. Seeking elsewhere gives up the fetch
 * under way, and with it the server's work.
 */
export class SegmentSource {
  readonly #player: HTMLVideoElement;
  readonly #segments: string;
  readonly #playback: Playback;
  readonly #media = new MediaSource();
  readonly #leaving = new AbortController();
  readonly #onError: (error: unknown) => void;
  #buffer: SourceBuffer | undefined;
  #fetching: { readonly segment: number; readonly abort: AbortController } | undefined;

  /** @param onError Told when a segment cannot be had. */
  constructor(
    player: HTMLVideoElement,
    video: string,
    playback: Playback,
    onError: (error: unknown) => void,
  ) {
    this.#player = player;
    this.#segments = `/api/videos/${video}/segments`;
    this.#playback = playback;
    this.#onError = onError;
    const { signal } = this.#leaving;
    this.#media.addEventListener("sourceopen", () => this.#open(), { signal });
    for (const event of ["seeking", "timeupdate", "waiting"]) {
      player.addEventListener(event, () => this.#load(), { signal });
    }
    player.src = URL.createObjectURL(this.#media);
  }

  /** Ends loading. */
  close(): void {
    this.#leaving.abort();
    this.#fetching?.abort.abort();
    URL.revokeObjectURL(this.#player.src);
  }

  #open(): void {
    this.#buffer = this.#media.addSourceBuffer(this.#playback.segmentType);
    this.#media.duration = this.#playback.duration;
    this.#load();
  }

  /** The first segment that is lacking, from the one that plays on; -1 if none is. */
  #lacking(): number {
    const { segmentSeconds, segments } = this.#playback;
    const now = Math.min(Math.floor(this.#player.currentTime / segmentSeconds), segments - 1);
    for (let i = now; i <= Math.min(now + AHEAD, segments - 1); i++) {
      const at = i === now ? this.#player.currentTime : (i + 0.5) * segmentSeconds;
      if (!this.#has(at)) return i;
    }
    return -1;
  }

  #has(time: number): boolean {
    const { buffered } = this.#buffer!;
    const latest = Math.min(time, this.#playback.duration - 0.1);
    for (let i = 0; i < buffered.length; i++) {
      // Frames have lengths, and the first may lie a little later than its segment.
      if (buffered.start(i) - 0.1 <= latest && latest < buffered.end(i)) return true;
    }
    return false;
  }

  #load(): void {
    if (!this.#buffer || this.#leaving.signal.aborted) return;
    const segment = this.#lacking();
    if (segment < 0) return this.#endIfWhole();
    if (this.#fetching?.segment === segment || this.#buffer.updating) return;
    this.#fetching?.abort.abort();
    const abort = new AbortController();
    this.#fetching = { segment, abort };
    this.#append(segment, abort.signal).then(
      () => {
        this.#fetching = undefined;
        this.#load();
      },
      (error) => {
        if (abort.signal.aborted) return;
        this.#fetching = undefined;
        this.#leaving.abort();
        this.#onError(error);
      },
    );
  }

  async #append(segment: number, signal: AbortSignal): Promise<void> {
    const answer = await reach(`${this.#segments}/${segment}`, { signal });
    const bytes = await answer.arrayBuffer();
    signal.throwIfAborted();
    try {
      await this.#update((buffer) => buffer.appendBuffer(bytes));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      const now = this.#player.currentTime;
      if (now > BEHIND) await this.#update((buffer) => buffer.remove(0, now - BEHIND));
      const ahead = now + (AHEAD + 2) * this.#playback.segmentSeconds;
      await this.#update((buffer) => buffer.remove(ahead, Infinity));
      await this.#update((buffer) => buffer.appendBuffer(bytes));
    }
  }

  #update(change: (buffer: SourceBuffer) => void): Promise<void> {
    const buffer = this.#buffer!;
    return new Promise((resolve, reject) => {
      buffer.addEventListener("updateend", () => resolve(), { once: true });
      buffer.addEventListener("error", () => reject(new Error("Cannot read a segment")), {
        once: true,
      });
      change(buffer);
    });
  }

  /** Lets the player know where the end is. */
  #endIfWhole(): void {
    const { duration } = this.#playback;
    const isAtEnd = this.#player.currentTime + this.#playback.segmentSeconds >= duration;
    if (isAtEnd && this.#media.readyState === "open" && !this.#buffer!.updating) {
      this.#media.endOfStream();
    }
  }
}
