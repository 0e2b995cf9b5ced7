/** Extensions that transport streams share with TypeScript. */
export const AMBIGUOUS_EXTENSIONS: ReadonlySet<string> = new Set(["ts", "mts"]);

/** The first byte of every packet. */
const SYNC = 0x47;

/** Where two packets begin: those of 188 bytes, and those with a time stamp of 4 bytes before. */
const PACKETS = [[0, 188], [4, 196]];

/**
 * Tells whether a file is an MPEG transport stream, by the bytes that begin its first two packets.
 *
 * @param path The file.
 * @returns Whether it is one.
 * @throws {Error} When the file cannot be read.
 */
export async function isTransportStream(path: string): Promise<boolean> {
  using file = await Deno.open(path, { read: true });
  const bytes = new Uint8Array(197);
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return PACKETS.some((starts) => starts.every((at) => bytes[at] === SYNC));
}
