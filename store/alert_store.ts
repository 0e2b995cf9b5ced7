import { arrow } from "./arrow.ts";
import { portions } from "./portions.ts";
import { IDS_AT_ONCE, inList, sqlText } from "./predicates.ts";
import { PRIMARY_KEY } from "./schema.ts";
import { SideTable } from "./side_table.ts";

/** A search that is saved, to be told what is new in it. */
export interface Alert {
  /** Six letters and digits. */
  readonly id: string;
  /** What is looked for. */
  readonly text: string;
  /** The least score of a match; null where it is what chance does not reach. */
  readonly minScore: number | null;
  /** Where matches are posted to; null where they are printed. */
  readonly post: string | null;
}

const ALERTS = new arrow.Schema([
  new arrow.Field("id", new arrow.Utf8(), false, PRIMARY_KEY),
  new arrow.Field("text", new arrow.Utf8(), false),
  new arrow.Field("min_score", new arrow.Float64(), true),
  new arrow.Field("post", new arrow.Utf8(), true),
]);

const TOLD = new arrow.Schema([
  new arrow.Field("key", new arrow.Utf8(), false, PRIMARY_KEY),
  new arrow.Field("alert", new arrow.Utf8(), false),
  new arrow.Field("clip", new arrow.Utf8(), false),
]);

/** The saved searches of an index, and what was told of each: two tables beside that of the clips. */
export class AlertStore implements Disposable {
  readonly #alerts: SideTable;
  readonly #told: SideTable;

  /** @param place The index. */
  constructor(place: string) {
    this.#alerts = new SideTable(place, "alerts", ALERTS);
    this.#told = new SideTable(place, "told", TOLD);
  }

  /** All alerts, by text. */
  async list(): Promise<Alert[]> {
    const rows = await this.#alerts.rows(["id", "text", "min_score", "post"]);
    return rows.map(({ id, text, min_score, post }) => ({
      id: id as string,
      text: text as string,
      minScore: min_score as number | null,
      post: post as string | null,
    })).sort((a, b) => a.text < b.text ? -1 : 1);
  }

  /** Saves an alert. */
  async put({ id, text, minScore, post }: Alert): Promise<void> {
    await this.#alerts.upsert([{ id, text, min_score: minScore, post }]);
  }

  /** Removes alerts, and what was told of them. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#alerts.remove(inList("id", ids));
    await this.#told.remove(inList("alert", ids));
  }

  /** The clips that were told of for an alert, as {@linkcode tell} was given them. */
  async told(alert: string): Promise<Set<string>> {
    const rows = await this.#told.rows(["clip"], `alert = ${sqlText(alert)}`);
    return new Set(rows.map(({ clip }) => clip as string));
  }

  /** Notes that an alert has told of clips. */
  async tell(alert: string, clips: readonly string[]): Promise<void> {
    for (const some of portions(clips, IDS_AT_ONCE)) {
      await this.#told.upsert(some.map((clip) => ({ key: `${alert} ${clip}`, alert, clip })));
    }
  }

  /** Forgets what cannot be read. @returns Whether the alerts themselves are gone. */
  async dropIfDamaged(): Promise<boolean> {
    await this.#told.dropIfDamaged();
    return await this.#alerts.dropIfDamaged();
  }

  /** Lets go of the files. */
  [Symbol.dispose](): void {
    this.#alerts[Symbol.dispose]();
    this.#told[Symbol.dispose]();
  }
}
