/**
 * Writes a time as players do.
 *
 * @param seconds From 0.
 * @param decimals Digits after the point.
 * @returns Such as `1:07` or `1:02:03.5`.
 */
export function timecode(seconds: number, decimals = 0): string {
  const unit = 10 ** decimals;
  const rounded = Math.floor(seconds * unit + 1e-6) / unit;
  const hours = Math.floor(rounded / 3600), minutes = Math.floor(rounded / 60) % 60;
  const rest = (rounded % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
