/** Results in sight at once on most screens: their pictures do not wait for those of the others. */
export const FIRST_SEEN = 4;
