import { oneLine } from "../files/one_line.ts";

/** Players, best first, and how each is told where to begin. */
const PLAYERS: readonly (readonly [string, (file: string, seconds: string) => string[]])[] = [
  ["mpv", (file, seconds) => [`--start=${seconds}`, "--", file]],
  ["vlc", (file, seconds) => [`--start-time=${seconds}`, file]],
  ["ffplay", (file, seconds) => ["-ss", seconds, "-i", file]],
  // Whatever the system plays videos with: from the beginning.
  ["xdg-open", (file) => [file]],
  ["open", (file) => [file]],
  ["explorer", (file) => [file]],
];

/**
 * Opens a video at a moment in the first player that is there and may be run, and leaves it running.
 *
 * @param file The absolute path of the video.
 * @returns The player's name.
 * @throws {Error} If there is none.
 */
export async function openInPlayer(file: string, seconds: number): Promise<string> {
  for (const [command, args] of PLAYERS) {
    // A permission for what is not there is not granted.
    const { state } = await Deno.permissions.query({ name: "run", command });
    if (state !== "granted") continue;
    const child = new Deno.Command(command, {
      args: args(file, seconds.toFixed(3)),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    return command;
  }
  const names = PLAYERS.map(([name]) => name).join(", ");
  throw new Error(
    `Cannot open ${
      oneLine(file)
    }: none of ${names} is there and may be run; install mpv, and use ` +
      "deno task query",
  );
}
