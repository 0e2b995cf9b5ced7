/** The values used last, as many as fit into a number of bytes. */
export class Recent<T> {
  readonly #values = new Map<string, { value: T; bytes: number }>();
  readonly #limit: number;
  #bytes = 0;

  /**
   * @param limit How many bytes the values may take together.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Looks a value up, which makes it the one used last.
   *
   * @param key The value's key.
   * @returns The value, or undefined where it is not kept.
   */
  get(key: string): T | undefined {
    const found = this.#values.get(key);
    if (!found) return undefined;
    // A map keeps the order of insertion, so the first key is the one used longest ago.
    this.#values.delete(key);
    this.#values.set(key, found);
    return found.value;
  }

  /**
   * Keeps a value, and drops those used longest ago that no longer fit.
   *
   * @param key The value's key.
   * @param value The value.
   * @param bytes How many bytes it takes.
   */
  set(key: string, value: T, bytes: number): void {
    this.#bytes += bytes - (this.#values.get(key)?.bytes ?? 0);
    this.#values.delete(key);
    this.#values.set(key, { value, bytes });
    for (const [oldest, { bytes }] of this.#values) {
      if (this.#bytes <= this.#limit) break;
      this.#values.delete(oldest);
      this.#bytes -= bytes;
    }
  }

  /** Forgets every value. */
  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}
