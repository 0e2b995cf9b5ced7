import { Problem } from "../problem.ts";

/** What a body may take. */
export interface BodyLimits {
  readonly bytes: number;
  /** From the first look to the last byte. */
  readonly seconds: number;
}

/**
 * Reads the body of a request.
 *
 * @throws {Problem} If it is larger than that, whatever it says of itself, or comes too slowly.
 */
export async function readBody(
  { headers, body }: Request,
  { bytes, seconds }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(headers.get("content-length") ?? 0) > bytes) throw tooLarge(bytes);
  if (!body) return new Uint8Array();
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Problem("slow", `Cannot wait on: the request took more than ${seconds} s`));
  }, 1000 * seconds);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    while (true) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
      size += value.length;
      if (size > bytes) throw tooLarge(bytes);
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

function tooLarge(bytes: number): Problem {
  return new Problem("large", `Cannot take the request: it has more than ${bytes} bytes`);
}
