import process from "node:process";

/** Seconds of processor time that this process has used so far, all of its threads together. */
export function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

/** The most memory that this process has held at once, in bytes. */
export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
