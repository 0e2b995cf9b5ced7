/** What the process returns to its caller. */
export const ExitCode = {
  /** All went well. */
  Ok: 0,
  /** Something failed, such as one file of many; the others are in. */
  Failed: 1,
  /** The command line was wrong. */
  Usage: 2,
  /** Ended by Ctrl-C, as shells report it: 128 + SIGINT. */
  Interrupted: 130,
} as const;
