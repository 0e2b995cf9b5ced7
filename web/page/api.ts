import type { ErrorResponse } from "../api/schemas.ts";

/** An answer that is none, in the server's words. */
export class ApiError extends Error {
  /** `unreachable`: no answer came at all. */
  readonly kind: ErrorResponse["kind"] | "unreachable";

  constructor(kind: ApiError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * Asks the server for JSON.
 *
 * @throws {ApiError} If it answers with an error, or not at all.
 */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await reach(path, init);
  return await response.json() as T;
}

/** Sends something and asks for JSON. */
export function send<T>(path: string, body?: FormData | object): Promise<T> {
  if (body === undefined || body instanceof FormData) return ask(path, { method: "POST", body });
  const headers = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/**
 * Asks the server for anything.
 *
 * @throws {ApiError} As {@linkcode ask} does.
 */
export async function reach(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((error) => {
    init?.signal?.throwIfAborted();
    throw new ApiError("unreachable", "Cannot reach the server", { cause: error });
  });
  if (response.ok) return response;
  const { error, kind } = await response.json() as ErrorResponse;
  throw new ApiError(kind, error);
}
