/** What came back, as it came. */
export interface RawResponse {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends bytes to a server of this machine and reads the answer: for what `fetch` would not send,
 * such as another host's name.
 *
 * @param lines The request line and the headers; the connection is asked to close.
 */
export async function rawRequest(port: number, lines: readonly string[]): Promise<RawResponse> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [...lines, "Connection: close", "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!isWhole(text)) {
    const count = await connection.read(buffer);
    if (count === null) break;
    // As Latin-1: a character a byte.
    text += String.fromCharCode(...buffer.subarray(0, count));
  }
  return { status: Number(text.split(" ")[1]), text };
}

/** A server that did not read all of a request may leave the connection open behind its answer. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /^content-length: (\d+)\r$/im.exec(text)?.[1];
  return end >= 0 && length !== undefined && text.length - end - 4 >= Number(length);
}
