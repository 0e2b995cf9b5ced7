import { join } from "node:path";
import { Kept } from "../kept.ts";
import { Problem } from "../problem.ts";
import { readBody } from "../security/read_body.ts";
import { Turns } from "../turns.ts";
import { MAX_IMAGE_BYTES } from "./routes.ts";

/** Seconds that a picture may take to arrive. */
const UPLOAD_SECONDS = 20;

/** What a form adds to the picture in it. */
const FORM_BYTES = 16 * 1024;

/** Seconds for which a picture can be searched with. */
const KEEP_SECONDS = 3600;

/** Takes pictures to search with, and keeps what the model made of them. */
export class Uploads {
  readonly #folder: string;
  readonly #images = new Kept<Float32Array>({ entries: 500, seconds: KEEP_SECONDS });
  /** Each takes memory while it arrives. */
  readonly #arriving = new Turns({ running: 4, waiting: 16, patience: 30 });

  /** @param folder Where pictures lie while they are decoded. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes the picture of a form to a file.
   *
   * @returns The path of the file, which the caller removes.
   * @throws {Problem} If it is too large, too slow, or not there.
   */
  async receive(request: Request): Promise<string> {
    const limits = { bytes: MAX_IMAGE_BYTES + FORM_BYTES, seconds: UPLOAD_SECONDS };
    const picture = await this.#arriving.run(async () => {
      const body = await readBody(request, limits);
      return pictureOf(body, request.headers.get("content-type") ?? "");
    }, request.signal);
    const path = join(this.#folder, crypto.randomUUID());
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await Deno.writeFile(path, picture, { mode: 0o600, createNew: true });
    return path;
  }

  /** Keeps a picture for a while; whoever knows the id can search with it. */
  keep(image: Float32Array): string {
    const id = crypto.getRandomValues(new Uint8Array(16)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
    this.#images.set(id, image);
    return id;
  }

  /** @throws {Problem} If it was not kept so long. */
  image(id: string): Float32Array {
    const image = this.#images.get(id);
    if (image) return image;
    throw new Problem(
      "forgotten",
      "Cannot search by that picture: it is no longer held; send it again",
    );
  }
}

async function pictureOf(
  body: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const form = await new Response(body, { headers: { "content-type": type } }).formData()
    .catch((error) => {
      throw new Problem("invalid", "Cannot read the form: it is no multipart/form-data", {
        cause: error,
      });
    });
  const picture = form.get("image");
  if (!(picture instanceof File) || picture.size === 0) {
    throw new Problem("invalid", 'Cannot read the form: expected a file as its field "image"');
  }
  if (picture.size > MAX_IMAGE_BYTES) throw tooLarge();
  return new Uint8Array(await picture.arrayBuffer());
}

function tooLarge(): Problem {
  const megabytes = MAX_IMAGE_BYTES / 2 ** 20;
  return new Problem("large", `Cannot take that picture: it has more than ${megabytes} MB`);
}
