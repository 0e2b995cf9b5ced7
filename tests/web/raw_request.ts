/** What came back, as it came. */
export interface RawResponse {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends bytes to a server of this machine and reads until it closes: for what `fetch` would not
 * send, such as another host's name.
 *
 * @param lines The request line and the headers; the connection is asked to close.
 */
export async function rawRequest(
  port: number,
  lines: readonly string[],
  body = "",
): Promise<RawResponse> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = [...lines, "Connection: close", "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(head + body));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(65_536);
  for (let count; (count = await connection.read(buffer)) !== null;) {
    chunks.push(buffer.slice(0, count));
  }
  const text = await new Blob(chunks).text();
  return { status: Number(text.split(" ")[1]), text };
}
