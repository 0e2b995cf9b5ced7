import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { decode } from "sixel";
import { decodeJpeg } from "../../media/jpeg.ts";
import { terminalPicture } from "../../terminal/picture.ts";
import { closeEncoder, encode } from "../media/encode.ts";

/** Native addons keep threads and files for as long as the process lives. */
const ADDONS_STAY = { sanitizeOps: false, sanitizeResources: false };

/** A JPEG whose left half is red and whose right half is blue, with the grain of real pictures. */
async function picture(): Promise<Uint8Array> {
  const halves = "color=red:s=160x90,drawbox=x=80:y=0:w=80:h=90:color=blue:t=fill,noise=alls=8";
  const filters = ["-f", "lavfi", "-i", halves, "-frames:v", "1", "-pix_fmt", "yuvj420p"];
  return await Deno.readFile(await encode(filters, "jpg"));
}

/** Checks the colours of both halves. */
function assertHalves(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): void {
  assert.deepEqual([width, height], [160, 90]);
  const at = (
    x: number,
    y: number,
  ) => [...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
  for (const [x, colour] of [[40, [254, 0, 0]], [120, [0, 0, 254]]] as const) {
    at(x, 45).forEach((value, c) => assert(Math.abs(value - colour[c]) < 40, String(at(x, 45))));
  }
}

Deno.test({
  name: "a thumbnail is decoded",
  ...ADDONS_STAY,
  fn: async () => {
    const { width, height, rgba } = decodeJpeg(await picture());
    assert.equal(height, 90);
    assertHalves(rgba, width, height);
    assert.throws(() => decodeJpeg(new Uint8Array(100)), /decode a thumbnail/);
  },
});

Deno.test({
  name: "each protocol carries the picture",
  ...ADDONS_STAY,
  fn: async () => {
    const jpeg = await picture();
    const iterm = await terminalPicture(jpeg, "iterm");
    const [head, data] = iterm.split(":");
    assert(head.startsWith(`\x1b]1337;File=inline=1;size=${jpeg.length};height=`));
    assert(data.endsWith("\x07\n"));
    assert.deepEqual(Uint8Array.fromBase64(data.slice(0, -2)), jpeg);

    const kitty = await terminalPicture(jpeg, "kitty");
    assert(kitty.startsWith("\x1b_Ga=T,f=32,o=z,s=160,v=90,"));
    const pieces = kitty.split("\x1b_G").slice(1).map((it) => it.split("\x1b\\")[0].split(";"));
    assert(pieces.every(([, piece]) => piece.length <= 4096));
    assert(pieces.every(([keys], i) => keys.includes(`m=${i < pieces.length - 1 ? 1 : 0}`)));
    const deflated = Uint8Array.fromBase64(pieces.map(([, piece]) => piece).join(""));
    assertHalves(new Uint8Array(inflateSync(deflated)), 160, 90);

    const { data32, width, height } = decode(await terminalPicture(jpeg, "sixel"));
    assertHalves(new Uint8Array(data32.buffer, data32.byteOffset), width, height);
  },
});

Deno.test.afterAll(closeEncoder);
