import type { ErrorResponse } from "./api/schemas.ts";

/** What kind of error an answer tells of. */
export type ProblemKind = ErrorResponse["kind"];

const STATUS = {
  invalid: 400,
  token: 401,
  forbidden: 403,
  missing: 404,
  forgotten: 404,
  "no-index": 404,
  slow: 408,
  moved: 410,
  large: 413,
  unreadable: 415,
  failed: 500,
  busy: 503,
} as const satisfies Record<ProblemKind, number>;

/** An error that whoever asked can do something about: it is told in the answer. */
export class Problem extends Error {
  readonly kind: ProblemKind;

  /** @param message What, why, and what to do about it. */
  constructor(kind: ProblemKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** The HTTP status that goes with the kind. */
  get status(): (typeof STATUS)[ProblemKind] {
    return STATUS[this.kind];
  }
}
