import type { IndexEvent, IndexSummary } from "../mod.ts";
import { oneLine } from "../files/one_line.ts";
import { ProgressBar } from "./progress_bar.ts";
import { warningOf } from "./model_warning.ts";

/**
 * What `index` prints as it goes: a progress bar on a terminal, plain lines when piped, one JSON
 * object a finished file with `--json`. Results go to standard output, the rest to standard error.
 */
export class IndexReport implements Disposable {
  readonly #json: boolean;
  readonly #videos = new ProgressBar("{done} of {videos} videos stored | {rate} clips/s");
  readonly #download = new ProgressBar("downloading the model");
  readonly #started = performance.now();
  #clips = 0;
  #finished = 0;

  constructor(json: boolean) {
    this.#json = json;
  }

  /** Shows one event of `index.add`. */
  show(event: IndexEvent): void {
    switch (event.kind) {
      case "notice":
        return this.note(event.message);
      case "progress": {
        this.#clips += event.clips;
        const seconds = (performance.now() - this.#started) / 1000;
        return this.#videos.update(event.bytes, event.totalBytes, {
          done: this.#finished,
          videos: event.videos,
          rate: (this.#clips / seconds).toFixed(1),
        });
      }
      case "indexed": {
        const { video, clips, seconds } = event;
        this.#finished++;
        return this.#print({ video, clips, seconds: round(seconds) }, () => {
          console.log(`${oneLine(video)}: ${plural(clips, "clip")} in ${seconds.toFixed(1)} s`);
        });
      }
      case "moved":
        this.#finished++;
        return this.#print(
          { video: event.video, moved: true },
          () => console.log(`${oneLine(event.video)}: known already, not encoded again`),
        );
      case "subtitles": {
        const { video, lines } = event;
        return this.#print(
          { video, lines },
          () => console.log(`${oneLine(video)}: ${plural(lines, "line")} of subtitles`),
        );
      }
      case "failed": {
        const { video, error } = event;
        this.#finished++;
        if (this.#json) return this.#print({ video, error });
        return this.note(`error: ${error}`);
      }
      case "summary": {
        const { kind: _, ...summary } = event;
        this.#videos[Symbol.dispose]();
        return this.#print(
          { ...summary, seconds: round(summary.seconds), ...warningOf(summary.model) },
          () => console.log(oneLine(sentence(summary))),
        );
      }
    }
  }

  /** Shows how far a model's download is. */
  readonly download = (bytes: number, total: number): void => {
    this.#download.update(bytes, total);
    if (bytes === total) this.#download[Symbol.dispose]();
  };

  /** Prints one line to standard error. */
  note(message: string): void {
    this.#videos.above(() => console.error(oneLine(message)));
  }

  /** Prints one line to standard output. */
  line(text: string): void {
    this.#videos.above(() => console.log(text));
  }

  [Symbol.dispose](): void {
    this.#videos[Symbol.dispose]();
    this.#download[Symbol.dispose]();
  }

  /** Prints `value` with `--json`, else what `text` prints. */
  #print(value: unknown, text?: () => void): void {
    this.#videos.above(this.#json || !text ? () => console.log(JSON.stringify(value)) : text);
  }
}

function sentence(summary: Omit<IndexSummary, "kind">): string {
  const { indexed, unchanged, moved, pruned, failed, clips, seconds, model } = summary;
  const parts = [
    `${plural(indexed, "video")} indexed (${plural(clips, "clip")}, ${seconds.toFixed(1)} s)`,
    `${unchanged} unchanged`,
    moved > 0 && `${moved} moved`,
    pruned > 0 && `${pruned} dropped`,
    `${failed} failed`,
  ];
  return `${parts.filter(Boolean).join(", ")}; model ${model}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function round(seconds: number): number {
  return Number(seconds.toFixed(3));
}
