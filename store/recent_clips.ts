import { Recent } from "./recent.ts";

/** What was read of the clips used last, of one version of the index. */
export class RecentClips<T extends object> {
  readonly #recent: Recent<T>;
  #version = -1;

  /**
   * @param limit How many bytes the arrays of all clips may take together.
   */
  constructor(limit: number) {
    this.#recent = new Recent(limit);
  }

  /**
   * Gives what is asked for, and reads what is not kept.
   *
   * @param ids The ids of the clips.
   * @param version The newest version of the index: what was read of another one is forgotten.
   * @param read Reads some clips, null for one that is not stored.
   * @returns The clips, in the order asked; null for one that is not stored.
   */
  async of(
    ids: readonly string[],
    version: number,
    read: (ids: readonly string[]) => Promise<(T | null)[]>,
  ): Promise<(T | null)[]> {
    if (version !== this.#version) {
      this.clear();
      this.#version = version;
    }
    const found = new Map<string, T>();
    for (const id of ids) {
      const clip = this.#recent.get(id);
      if (clip) found.set(id, clip);
    }
    const missing = [...new Set(ids)].filter((id) => !found.has(id));
    if (missing.length > 0) {
      const clips = await read(missing);
      missing.forEach((id, i) => {
        const clip = clips[i];
        if (clip === null) return;
        found.set(id, clip);
        this.#recent.set(id, clip, bytesOf(clip));
      });
    }
    return ids.map((id) => found.get(id) ?? null);
  }

  /** Forgets every clip. */
  clear(): void {
    this.#recent.clear();
  }
}

function bytesOf(clip: object): number {
  return Object.values(clip).reduce((sum, value) => {
    return ArrayBuffer.isView(value) ? sum + value.byteLength : sum;
  }, 0);
}
