/** How fast the server answers searches: how often it can be asked while one types. */

let took: number | null = 0;

/** Begins to time a search. @returns Its end, or that it was given up. */
export function timeAnswer(): () => void {
  const began = performance.now();
  took = null;
  return () => took = performance.now() - began;
}

/** Milliseconds that the last answer took; null while one is awaited. */
export function lastAnswerTook(): number | null {
  return took;
}
