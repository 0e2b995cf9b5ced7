import type { IndexingResponse } from "../../web/api/schemas.ts";

/** Reads server-sent events of indexing. */
export async function* readEvents(response: Response): AsyncGenerator<IndexingResponse, void> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const data = /^event: indexing\ndata: (.*)$/.exec(event)?.[1];
      if (data) yield JSON.parse(data) as IndexingResponse;
    }
  }
}
