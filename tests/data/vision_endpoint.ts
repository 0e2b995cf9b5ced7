import assert from "node:assert/strict";

/** A request as the endpoint saw it. */
export interface SeenRequest {
  readonly authorization: string | null;
  readonly model: string;
  readonly instruction: string;
  /** JPEG files. */
  readonly frames: readonly Uint8Array[];
}

/** What the endpoint does with a request: `n` counts them from 1. */
export type Answer = (request: SeenRequest, n: number) => Response | Promise<Response>;

/** A loopback endpoint that speaks OpenAI's protocol and checks all that it is sent. */
export interface VisionEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** What was wrong with requests; empty where all were right. */
  readonly faults: readonly string[];
  /** The most requests that were under way at a time. */
  readonly most: number;
}

/** Serves on a port of its own. */
export function serveVision(answer: Answer): VisionEndpoint {
  const requests: SeenRequest[] = [];
  const faults: string[] = [];
  let underWay = 0, most = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    underWay++;
    most = Math.max(most, underWay);
    try {
      const seen = await check(request);
      requests.push(seen);
      return await answer(seen, requests.length);
    } catch (error) {
      faults.push((error as Error).message);
      return new Response("wrong request", { status: 400 });
    } finally {
      underWay--;
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    faults,
    get most() {
      return most;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer that holds a text. */
export function completion(content: string): Response {
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 0,
    model: "vision",
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
}

/** As many captions as are wanted. */
export function captions(count: number, of = "a video"): Response {
  return completion(JSON.stringify(Array.from({ length: count }, (_, i) => `${of}, ${i + 1}`)));
}

async function check(request: Request): Promise<SeenRequest> {
  assert.equal(request.method, "POST");
  assert.equal(new URL(request.url).pathname, "/v1/chat/completions");
  assert.match(request.headers.get("content-type") ?? "", /^application\/json/);
  const body = await request.json();
  assert.equal(body.messages.length, 1);
  const [message] = body.messages;
  assert.equal(message.role, "user");
  const [text, ...images] = message.content;
  assert.equal(text.type, "text");
  assert.ok(images.length > 0, "there are no pictures");
  const frames = images.map((image: { type: string; image_url: { url: string } }) => {
    assert.equal(image.type, "image_url");
    const [prefix, data] = image.image_url.url.split(",");
    assert.equal(prefix, "data:image/jpeg;base64");
    const bytes = Uint8Array.fromBase64(data);
    assert.deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff], "it is no JPEG file");
    assert.deepEqual([...bytes.subarray(-2)], [0xff, 0xd9], "the JPEG file is cut short");
    return bytes;
  });
  return {
    authorization: request.headers.get("authorization"),
    model: body.model,
    instruction: text.text,
    frames,
  };
}
