import { oneLine } from "../files/one_line.ts";
import { type AlertMatch, postJson, type VideoIndex } from "../mod.ts";
import { clock } from "./clock.ts";
import { momentJson } from "./moment_json.ts";

/** Tells of what saved searches find: prints it, or posts it where the alert says so. */
export class AlertDelivery {
  readonly #index: VideoIndex;
  readonly #json: boolean;
  readonly #print: (line: string) => void;
  readonly #complain: (message: string) => void;
  /** What was said of URLs that fail, so that it is not said again for every match. */
  readonly #complaints = new Set<string>();

  /**
   * @param print Prints one line of results.
   * @param complain Says what went wrong, in one line.
   */
  constructor(
    index: VideoIndex,
    json: boolean,
    print: (line: string) => void,
    complain: (message: string) => void,
  ) {
    this.#index = index;
    this.#json = json;
    this.#print = print;
    this.#complain = complain;
  }

  /**
   * Tells of all that is new.
   *
   * @param signal Gives up; what was not told of is news the next time.
   * @returns Whether all of it could be told.
   */
  async deliver(signal: AbortSignal): Promise<boolean> {
    const { alerts } = this.#index;
    const news = await alerts.news();
    const failing = new Set<string>();
    for (const match of news) {
      if (signal.aborted) return false;
      const { post } = match.alert;
      if (post === null) {
        this.#print(this.#json ? JSON.stringify(toJson(match)) : toText(match));
      } else if (failing.has(post) || !await this.#post(post, match, signal)) {
        failing.add(post);
        continue;
      } else {
        this.#complaints.clear();
      }
      await alerts.tell([match]);
    }
    return failing.size === 0;
  }

  async #post(url: string, match: AlertMatch, signal: AbortSignal): Promise<boolean> {
    try {
      const { host } = new URL(url);
      const permission = { name: "net", host } as const;
      const { state } = await Deno.permissions.query(permission);
      // Asked of a person who is there; without one, fetching says what to do.
      if (state === "prompt" && Deno.stdin.isTerminal()) await Deno.permissions.request(permission);
      await postJson(url, toJson(match), signal);
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (!signal.aborted && !this.#complaints.has(message)) this.#complain(message);
      this.#complaints.add(message);
      return false;
    }
  }
}

function toJson({ alert: { id, text }, moment }: AlertMatch): unknown {
  const { rank: _, ...match } = momentJson(moment);
  return { alert: { id, text }, match };
}

function toText({ alert, moment: { score, start, end, at, video, line } }: AlertMatch): string {
  const columns = [
    `alert "${oneLine(alert.text)}"`,
    score.toFixed(4),
    `${clock(start)}–${clock(end)}`,
    `best at ${clock(at)}`,
    oneLine(video),
  ];
  if (line) columns.push(`“${oneLine(line.text)}”`);
  return columns.join("  ");
}
