import { Command } from "commander";
import { type IndexInfo, openIndex } from "../mod.ts";
import * as argument from "./arguments.ts";
import { oneLine } from "../files/one_line.ts";

/** `fovea info`: what an index holds. */
export function infoCommand(): Command {
  return new Command("info")
    .description("Say what an index holds.")
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option("--json", "print one JSON object")
    .action(run);
}

async function run(options: { index: string; json?: boolean }): Promise<void> {
  await using index = await openIndex(options.index);
  const info = await index.info();
  console.log(options.json ? JSON.stringify(info) : toText(info));
}

function toText(info: IndexInfo): string {
  const { parameters: { frames, fps, segment, keepPatches } } = info;
  const perClip = Object.entries(info.clipBytes)
    .filter(([, bytes]) => bytes > 0)
    .map(([part, bytes]) => `${part} ${size(bytes)}`);
  const rows = [
    ["videos", String(info.videos)],
    ["clips", String(info.clips)],
    ["model", [info.model, info.revision, info.precision].filter(Boolean).join(", ")],
    ...(info.limits ? [["", info.limits]] : []),
    ...(info.betterModel
      ? [[
        "",
        `${info.betterModel} is here and knows more: index with --rebuild --model ${info.betterModel}`,
      ]]
      : []),
    ["heads", info.heads ?? "none: only sentence–frame similarity counts unless --mode is given"],
    ["frames", `${frames} a clip${fps === null ? "" : `, from candidates at ${fps} a second`}`],
    ["segments", typeof segment === "number" ? `${segment} s` : segment],
    ["patches", keepPatches ? "kept" : "not kept"],
    ["size", size(info.bytes)],
    // An empty index has no clip to measure.
    ...(perClip.length > 0 ? [["a clip", perClip.join(", ")]] : []),
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)}${oneLine(value)}`).join("\n");
}

function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** unit;
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}
