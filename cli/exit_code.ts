/** What the process returns to its caller. */
export const ExitCode = {
  /** All went well. */
  Ok: 0,
  /** Something failed, such as one file of many; the others are in. */
  Failed: 1,
  /** The command line was wrong. */
  Usage: 2,
  /** The terminal went away, as shells report it: 128 + SIGHUP. */
  HungUp: 129,
  /** Ended by Ctrl-C: 128 + SIGINT. */
  Interrupted: 130,
  /** Asked to end, as Slurm and Kubernetes do: 128 + SIGTERM. */
  Terminated: 143,
} as const;
