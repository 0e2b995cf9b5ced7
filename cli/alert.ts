import { Command } from "commander";
import { oneLine } from "../files/one_line.ts";
import { type Alert, openIndex } from "../mod.ts";
import { AlertDelivery } from "./alert_delivery.ts";
import * as argument from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { Interruption } from "./interruption.ts";

/** `fovea alert`: saved searches, and what is new in them. */
export function alertCommand(): Command {
  const command = indexOptions(new Command("alert"))
    .description("Print or post what saved searches find and have not told of.")
    .action(deliver);
  indexOptions(command.command("add"))
    .description("Save a search: what is indexed from now on is told of.")
    .argument("<text>", "what happens", argument.text)
    .option(
      "--min-score <x>",
      "tell of scores from here on, not only of good matches",
      argument.number,
    )
    .option("--post <url>", "post matches to this URL instead of printing them", argument.text)
    .action(add);
  indexOptions(command.command("list")).description("Print the saved searches.").action(list);
  indexOptions(command.command("remove"))
    .description("Forget a saved search.")
    .argument("<id>", "its id, or its text", argument.text)
    .action(remove);
  return command;
}

function indexOptions(command: Command): Command {
  return command
    .option("--index <dir|uri>", "the index", argument.location, argument.location(".fovea"))
    .option("--model <model>", "where the index's model is now", argument.model)
    .option("--json", "print one JSON object a line");
}

interface Options {
  index: string;
  model?: string;
  json?: boolean;
  minScore?: number;
  post?: string;
}

async function deliver(_: unknown, command: Command): Promise<void> {
  const { index: location, model, json = false } = command.optsWithGlobals<Options>();
  using interruption = new Interruption(() => {}, () => {});
  await using index = await openIndex(location, { model });
  const delivery = new AlertDelivery(index, json, console.log, console.error);
  const told = await delivery.deliver(interruption.signal);
  if (interruption.exitCode !== undefined) Deno.exitCode = interruption.exitCode;
  else if (!told) Deno.exitCode = ExitCode.Failed;
}

async function add(text: string, _: unknown, command: Command): Promise<void> {
  const { index: location, model, json, ...options } = command.optsWithGlobals<Options>();
  await using index = await openIndex(location, { model, oneShot: true });
  const alert = await index.alerts.add(text, options);
  console.log(json ? JSON.stringify(toJson(alert)) : toText(alert));
}

async function list(_: unknown, command: Command): Promise<void> {
  const { index: location, json } = command.optsWithGlobals<Options>();
  await using index = await openIndex(location);
  for (const alert of await index.alerts.list()) {
    console.log(json ? JSON.stringify(toJson(alert)) : toText(alert));
  }
}

async function remove(name: string, _: unknown, command: Command): Promise<void> {
  const { index: location, json } = command.optsWithGlobals<Options>();
  await using index = await openIndex(location);
  const removed = await index.alerts.remove(name);
  if (removed === 0) {
    throw new Error(
      `Cannot remove the alert ${oneLine(name)}: there is none; alert list names all`,
    );
  }
  console.log(json ? JSON.stringify({ removed }) : `${removed} removed`);
}

function toJson({ id, text, minScore, post }: Alert): unknown {
  return { id, text, min_score: minScore, post };
}

function toText({ id, text, minScore, post }: Alert): string {
  const columns = [id, `"${oneLine(text)}"`];
  columns.push(minScore === null ? "good matches" : `from ${minScore}`);
  if (post !== null) columns.push(`posted to ${oneLine(post)}`);
  return columns.join("  ");
}
