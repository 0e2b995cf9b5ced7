/**
 * Pictures in the words of terminals.
 *
 * @module
 */
import type { Protocol } from "./protocol.ts";

/** Lines of text that a picture takes up. */
const LINES = 6;

/** Colours of a picture in sixels: what all terminals have. */
const COLORS = 256;

/** The longest piece of a picture that kitty takes at a time. */
const PIECE = 4096;

/**
 * Writes a JPEG for a terminal, with the end of its line.
 *
 * @param jpeg The picture.
 * @param protocol What the terminal takes. iTerm2 decodes JPEG; for the others it is decoded here.
 */
export async function terminalPicture(jpeg: Uint8Array, protocol: Protocol): Promise<string> {
  if (protocol === "iterm") {
    const data = jpeg.toBase64();
    return `\x1b]1337;File=inline=1;size=${jpeg.length};height=${LINES}:${data}\x07\n`;
  }
  // Loads a native library: not where no picture is drawn.
  const { decodeJpeg } = await import("../media/jpeg.ts");
  const { width, height, rgba } = decodeJpeg(jpeg);
  if (protocol === "sixel") {
    const { image2sixel } = await import("sixel");
    return `${image2sixel(rgba, width, height, COLORS)}\n`;
  }
  const data = (await deflated(rgba)).toBase64();
  const pieces = Array.from(
    { length: Math.ceil(data.length / PIECE) },
    (_, i) => data.slice(i * PIECE, (i + 1) * PIECE),
  );
  const head = `a=T,f=32,o=z,s=${width},v=${height},r=${LINES},q=2,`;
  return pieces
    .map((piece, i) => {
      const more = i < pieces.length - 1 ? 1 : 0;
      return `\x1b_G${i === 0 ? head : ""}m=${more};${piece}\x1b\\`;
    })
    .join("") + "\n";
}

async function deflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
    .pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
