import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { openData } from "../../data/open_data.ts";
import { inFolder, jsonLines } from "./folder.ts";

Deno.test("a table of captions is a data set", () =>
  inFolder({
    "captions.tsv": "file\tseconds\tcaption\na.mp4\t7.76\tA person makes clay.\n" +
      "sub/b.mp4\t5\tA dog.\na.mp4\t7.76\tA monster of clay.\n",
    "a.mp4": null,
    "sub/b.mp4": null,
  }, async (dir) => {
    const data = await openData(dir);
    assert.deepEqual([data.name, data.splits, data.defaultSplit], [basename(dir), ["all"], "all"]);
    assert.deepEqual(await data.load("all"), {
      name: basename(dir),
      split: "all",
      videos: [
        {
          name: "a.mp4",
          path: join(dir, "a.mp4"),
          captions: ["A person makes clay.", "A monster of clay."],
          recovered: [],
        },
        { name: "sub/b.mp4", path: join(dir, "sub/b.mp4"), captions: ["A dog."], recovered: [] },
      ],
    });
  }));

Deno.test("folders with captions in JSON lines are splits, and may bring recovered captions", () =>
  inFolder({
    "train/captions.jsonl": jsonLines([
      { video: "0.mp4", captions: ["a cat"], recovered: ["grass"], scene: { things: [] } },
      { video: "1.mp4", captions: ["a dog", " "] },
    ]),
    "train/0.mp4": null,
    "train/1.mp4": null,
    "train/recovered.jsonl": jsonLines([{ video: "1.mp4", recovered: ["a tree", "rain"] }]),
    "test/captions.jsonl": jsonLines([{ video: "0.mp4", captions: ["a cow"] }]),
    "test/0.mp4": null,
  }, async (dir) => {
    const data = await openData(dir);
    assert.deepEqual([data.splits, data.defaultSplit], [["train", "test"], "test"]);
    const { videos } = await data.load("train");
    assert.deepEqual(videos, [
      {
        name: "0.mp4",
        path: join(dir, "train/0.mp4"),
        captions: ["a cat"],
        recovered: ["grass"],
      },
      {
        name: "1.mp4",
        path: join(dir, "train/1.mp4"),
        captions: ["a dog"],
        recovered: ["a tree", "rain"],
      },
    ]);
    await assert.rejects(data.load("validation"), RangeError);
  }));

Deno.test("what is wrong with a folder is said in one line", () =>
  inFolder({ "captions.tsv": "file\tcaption\na.mp4\n", "a.mp4": null }, async (dir) => {
    const says = async (message: string) => {
      const start = `Cannot load ${basename(dir)} from ${dir}: `;
      await assert.rejects((await openData(dir)).load("all"), new Error(start + message));
    };
    await says("captions.tsv line 2: expected 2 fields but found 1");
    await Deno.writeTextFile(join(dir, "captions.tsv"), "name\tcaption\n");
    await says('captions.tsv has no column "file" but name, caption');
    await Deno.writeTextFile(join(dir, "captions.jsonl"), "{}\n");
    await says("it has both captions.jsonl and captions.tsv; keep one");
    await Deno.remove(join(dir, "captions.tsv"));
    await Deno.writeTextFile(
      join(dir, "captions.jsonl"),
      jsonLines([{ video: "a.mp4", captions: [] }]),
    );
    await says("the video a.mp4 has no caption");
    await Deno.writeTextFile(
      join(dir, "captions.jsonl"),
      jsonLines([{ video: "a.mp4", captions: ["x"] }, { video: "a.mp4", captions: ["y"] }]),
    );
    await says("the video a.mp4 is listed twice");
    await Deno.writeTextFile(
      join(dir, "captions.jsonl"),
      jsonLines([{ video: "a.mp4", captions: ["x"] }, { video: "b.mp4", captions: ["y"] }]),
    );
    await says("1 of 2 videos are missing: b.mp4");
    await Deno.writeTextFile(join(dir, "captions.jsonl"), '\n{"video": "a.mp4"\n');
    await says("captions.jsonl line 2 is not JSON");
  }));
