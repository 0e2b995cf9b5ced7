import { ExitCode } from "./exit_code.ts";

/** What asks a process to end, and how it then reports that to its caller. */
const EXIT_CODES: Partial<Record<Deno.Signal, number>> = Deno.build.os === "windows"
  ? { SIGINT: ExitCode.Interrupted, SIGBREAK: ExitCode.Interrupted }
  : {
    SIGINT: ExitCode.Interrupted,
    SIGTERM: ExitCode.Terminated,
    SIGHUP: ExitCode.HungUp,
  };

/**
 * Listens to Ctrl-C and to what Slurm, Kubernetes or a closed terminal send: the first signal asks
 * for an orderly end, the second ends the process.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners: (readonly [Deno.Signal, () => void])[];
  #exitCode?: number;

  /**
   * @param onFirst Runs at the first signal.
   * @param onSecond Runs at the second, before the process ends.
   */
  constructor(onFirst: () => void, onSecond: () => void) {
    this.#listeners = Object.entries(EXIT_CODES).map(([name, code]) => {
      const listener = () => {
        if (this.#exitCode !== undefined) {
          onSecond();
          Deno.exit(code);
        }
        this.#exitCode = code;
        onFirst();
        this.#controller.abort();
      };
      return [name as Deno.Signal, listener];
    });
    for (const [name, listener] of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the process is to return, once a signal came. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Leaves the signals to the system again. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}
