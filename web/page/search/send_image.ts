import type { ImageResponse } from "../../api/schemas.ts";
import { go, searchAddress } from "../address/address.ts";
import type { Search } from "../address/search.ts";
import { ApiError, send } from "../api.ts";

/** How the sending of a picture goes. */
export interface Sending {
  readonly isBusy: boolean;
  readonly error: ApiError | null;
}

const previews = new Map<string, string>();
const listeners = new Set<(sending: Sending) => void>();

/** The address of a picture that was sent from this page. */
export function imagePreview(image: string): string | undefined {
  return previews.get(image);
}

/** Tells how sending goes. @returns Ends that. */
export function onSending(listener: (sending: Sending) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Sends a picture, and searches with it and the words that there are. */
export async function sendImage(file: Blob, search: Search): Promise<void> {
  tell({ isBusy: true, error: null });
  const form = new FormData();
  form.set("image", file);
  try {
    const { image } = await send<ImageResponse>("/api/images", form);
    previews.set(image, URL.createObjectURL(file));
    tell({ isBusy: false, error: null });
    go(searchAddress({ ...search, image: [image], page: 0 }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell({ isBusy: false, error });
  }
}

function tell(sending: Sending): void {
  for (const listener of listeners) listener(sending);
}
