import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "./api.ts";

/** What is known of an answer. */
export interface Answer<T> {
  /** The last answer that came, also while another is awaited. */
  readonly value: T | undefined;
  /** What went wrong; undefined while an answer is awaited. */
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** Asks again. */
  retry(): void;
}

interface Came<T> {
  readonly question: string | null;
  readonly value?: T;
  readonly error?: ApiError;
}

/**
 * Asks the server for JSON, and again when the question changes.
 *
 * @param path Null asks nothing.
 * @param version Asks again when it changes.
 */
export function useAnswer<T>(path: string | null, version = 0): Answer<T> {
  const [came, setCame] = useState<Came<T>>({ question: null });
  const [attempt, setAttempt] = useState(0);
  const question = path && `${path}#${version}.${attempt}`;
  useEffect(() => {
    if (path === null) return;
    const leaving = new AbortController();
    ask<T>(path, { signal: leaving.signal }).then(
      (value) => setCame({ question, value }),
      (error) => {
        if (leaving.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError("failed", String(error));
        setCame(({ value }) => ({ question, value, error: known }));
      },
    );
    return () => leaving.abort();
  }, [question]);
  const isCurrent = came.question === question;
  return {
    value: path === null ? undefined : came.value,
    error: isCurrent ? came.error : undefined,
    loading: path !== null && !isCurrent,
    retry: () => setAttempt(attempt + 1),
  };
}
