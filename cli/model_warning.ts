import { limitsOf } from "../models/embedded.ts";

/** What a program that reads our JSON should know of the model; nothing where all is well. */
export function warningOf(model: string): { warning?: string } {
  const limits = limitsOf(model);
  return limits === null ? {} : { warning: limits };
}
