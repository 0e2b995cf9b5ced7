/** Every public data set, in a small folder that is laid out and written as it is published. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openData } from "../../data/open_data.ts";
import { inFolder } from "./folder.ts";

type Expected = Readonly<Record<string, readonly string[]>>;

/** Loads a split and gives the captions of every file, by the file's path in the folder. */
async function captionsOf(dir: string, split: string, dataset?: string): Promise<Expected> {
  const { videos } = await (await openData(dir, dataset)).load(split);
  return Object.fromEntries(
    videos.map(({ path, captions }) => [path.slice(dir.length + 1), captions]),
  );
}

const MSR_VTT = {
  "annotation/MSRVTT_data.json": JSON.stringify({
    info: { year: "2016" },
    videos: [
      { category: 9, url: "https://x/watch?v=9lZi22qLlEo", video_id: "video0", split: "train" },
      { category: 3, url: "https://x/watch?v=w4JM08PDEng", video_id: "video1", split: "train" },
      { category: 1, url: "https://x/watch?v=QA7KVQq9vKA", video_id: "video2", split: "validate" },
      { category: 4, url: "https://x/watch?v=2EVrWX5w4Oc", video_id: "video3", split: "test" },
    ],
    sentences: [
      { caption: "a car is shown", video_id: "video0", sen_id: 0 },
      { caption: "in a kitchen", video_id: "video1", sen_id: 1 },
      { caption: "a vehicle", video_id: "video0", sen_id: 2 },
      { caption: "a game", video_id: "video2", sen_id: 3 },
      { caption: "a woman talks", video_id: "video3", sen_id: 4 },
      { caption: "a talk", video_id: "video3", sen_id: 5 },
    ],
  }),
  "annotation/MSRVTT_train.9k.csv": "video_id\nvideo2\nvideo0\n",
  "annotation/MSRVTT_JSFUSION_test.csv": "key,vid_key,video_id,sentence\n" +
    'ret0,msr1,video1,"a person is in a kitchen, cooking"\nret1,msr3,video3,a woman talks\n',
  "videos/video0.mp4": null,
  "videos/video1.mp4": null,
  "videos/more/video2.webm": null,
  "videos/more/video3.mp4": null,
  "videos/thumbnails/video3.jpg": null,
};

Deno.test("MSR-VTT is trained on 9k and tested on 1K-A", () =>
  inFolder(MSR_VTT, async (dir) => {
    const { name, splits, defaultSplit, sampling } = await openData(dir);
    assert.equal(name, "MSR-VTT 1K-A");
    assert.deepEqual(splits, ["train", "test"]);
    assert.equal(defaultSplit, "test");
    assert.deepEqual(sampling, { frames: 12, words: 32 });
    assert.deepEqual(await captionsOf(dir, "train"), {
      "videos/more/video2.webm": ["a game"],
      "videos/video0.mp4": ["a car is shown", "a vehicle"],
    });
    assert.deepEqual(await captionsOf(dir, "test"), {
      "videos/video1.mp4": ["a person is in a kitchen, cooking"],
      "videos/more/video3.mp4": ["a woman talks"],
    });
  }));

Deno.test("MSR-VTT has its authors' split too", () =>
  inFolder(MSR_VTT, async (dir) => {
    assert.deepEqual(await captionsOf(dir, "test", "msr-vtt-full"), {
      "videos/more/video3.mp4": ["a woman talks", "a talk"],
    });
    assert.deepEqual(Object.keys(await captionsOf(dir, "validation", "msr-vtt-full")), [
      "videos/more/video2.webm",
    ]);
    await Deno.remove(join(dir, "annotation/MSRVTT_JSFUSION_test.csv"));
    await Deno.remove(join(dir, "annotation/MSRVTT_train.9k.csv"));
    assert.equal((await openData(dir)).name, "MSR-VTT full");
  }));

// Python's pickle of the lists of words of two clips, in its protocols 2 and 4.
const PICKLES = {
  2: "gAJ9cQAoWBEAAABtdjg5cHNnNnpoNF8zM180NnEBXXECKF1xAyhYAQAAAGFxBFgEAAAAYmlyZHEFWAIAAABpbnEGaARY" +
    "BAAAAHNpbmtxB2VdcQgoaARoBVgCAAAAaXNxCVgHAAAAYmF0aGluZ3EKZWVYEAAAAC00d3N1UENqREJjXzVfMTVxC11x" +
    "DF1xDShoBFgIAAAAc3F1aXJyZWxxDlgEAAAAZWF0c3EPZWF1Lg==",
  4: "gASVfwAAAAAAAAB9lCiMEW12ODlwc2c2emg0XzMzXzQ2lF2UKF2UKIwBYZSMBGJpcmSUjAJpbpRoBIwEc2lua5RlXZQo" +
    "aARoBYwCaXOUjAdiYXRoaW5nlGVljBAtNHdzdVBDakRCY181XzE1lF2UXZQoaASMCHNxdWlycmVslIwEZWF0c5RlYXUu",
};

for (const [protocol, pickle] of Object.entries(PICKLES)) {
  Deno.test(`MSVD is read from a pickle of protocol ${protocol}`, () =>
    inFolder({
      "raw-captions.pkl": Uint8Array.fromBase64(pickle),
      "train_list.txt": "mv89psg6zh4_33_46\n",
      "val_list.txt": "",
      "test_list.txt": "-4wsuPCjDBc_5_15\n",
      "YouTubeClips/mv89psg6zh4_33_46.avi": null,
      "YouTubeClips/-4wsuPCjDBc_5_15.avi": null,
    }, async (dir) => {
      assert.deepEqual(await captionsOf(dir, "train"), {
        "YouTubeClips/mv89psg6zh4_33_46.avi": ["a bird in a sink", "a bird is bathing"],
      });
      assert.deepEqual(await captionsOf(dir, "test"), {
        "YouTubeClips/-4wsuPCjDBc_5_15.avi": ["a squirrel eats"],
      });
    }));
}

Deno.test("a pickle that asks for a function is refused", () =>
  inFolder({
    // cos\nsystem\n(S'echo'\ntR.
    "raw-captions.pkl": "cos\nsystem\n(S'echo'\ntR.",
    "test_list.txt": "a\n",
    "a.avi": null,
  }, async (dir) => {
    await assert.rejects(
      captionsOf(dir, "test"),
      /raw-captions\.pkl: Invalid input: expected record/,
    );
  }));

Deno.test("VATEX is split by lists where they are there, else as its authors did", () => {
  const clip = (videoID: string) => ({ videoID, enCap: [`${videoID} one`, `${videoID} two`] });
  const files = {
    "vatex_training_v1.0.json": JSON.stringify([{ ...clip("a_000000_000010"), chCap: ["一"] }]),
    "vatex_validation_v1.0.json": JSON.stringify([
      clip("b_000001_000011"),
      clip("c_000002_000012"),
    ]),
    "vatex_public_test_english_v1.1.json": JSON.stringify([clip("d_000003_000013")]),
    "videos/a_000000_000010.mp4": null,
    "videos/b_000001_000011.mp4": null,
    "videos/c_000002_000012.mp4": null,
    "videos/d_000003_000013.mp4": null,
  };
  return inFolder(files, async (dir) => {
    assert.equal((await openData(dir)).name, "VATEX official");
    assert.deepEqual(Object.keys(await captionsOf(dir, "test")), ["videos/d_000003_000013.mp4"]);
    await Deno.writeTextFile(join(dir, "val_list.txt"), "b_000001_000011\n");
    await Deno.writeTextFile(join(dir, "test_list.txt"), "c_000002_000012\n");
    assert.equal((await openData(dir)).name, "VATEX");
    assert.deepEqual(await captionsOf(dir, "test"), {
      "videos/c_000002_000012.mp4": ["c_000002_000012 one", "c_000002_000012 two"],
    });
    assert.deepEqual(Object.keys(await captionsOf(dir, "train")), ["videos/a_000000_000010.mp4"]);
  });
});

Deno.test("DiDeMo joins the sentences about a video, whatever its file's extension", () => {
  const moment = (video: string, description: string, annotation_id: number) => ({
    annotation_id,
    description,
    dl_link: "https://x",
    num_segments: 6,
    times: [[0, 0], [1, 1], [0, 0], [1, 1]],
    video,
  });
  const files = {
    "train_data.json": JSON.stringify([]),
    "test_data.json": JSON.stringify([
      moment("54322086@N00_2408598493_274c77d26a.avi", "first sees the cat ", 1),
      moment("75771671@N00_5774585902_32a1ec3bf3.mov", "the boat turns", 2),
      moment("54322086@N00_2408598493_274c77d26a.avi", "the cat jumps", 3),
      moment("12090392@N02_13482799053_87ef417396.mov", "a street", 4),
      moment("99999999@N00_1_1.3gp", "is not in the list", 5),
    ]),
    "test_list.txt": "54322086@N00_2408598493_274c77d26a.avi\n" +
      "75771671@N00_5774585902_32a1ec3bf3.mov\n12090392@N02_13482799053_87ef417396.mov\n",
    "videos/54322086@N00_2408598493_274c77d26a.avi": null,
    "videos/75771671@N00_5774585902_32a1ec3bf3.mov.mp4": null,
    "videos/12090392@N02_13482799053_87ef417396.mp4": null,
  };
  return inFolder(files, async (dir) => {
    assert.deepEqual((await openData(dir)).sampling, { frames: 64, words: 64 });
    assert.deepEqual(await captionsOf(dir, "test"), {
      "videos/54322086@N00_2408598493_274c77d26a.avi": ["first sees the cat the cat jumps"],
      "videos/75771671@N00_5774585902_32a1ec3bf3.mov.mp4": ["the boat turns"],
      "videos/12090392@N02_13482799053_87ef417396.mp4": ["a street"],
    });
  });
});

Deno.test("ActivityNet joins sentences to a paragraph and is tested on val_1", () => {
  const video = (...sentences: string[]) => ({
    duration: 82.73,
    timestamps: [[0.83, 19.86], [17.37, 60.81]],
    sentences,
  });
  const files = {
    "train.json": JSON.stringify({ v_QOlSCBRmfWY: video("A woman dances. ", " She stops.") }),
    "val_1.json": JSON.stringify({
      v_uqiMw7tQ1Cc: video("A weight lifting tutorial."),
      v_bXdq2zI1Ms0: video("Three men stand."),
    }),
    "val_ids.json": JSON.stringify(["v_uqiMw7tQ1Cc"]),
    "videos/QOlSCBRmfWY.mp4": null,
    "videos/v_uqiMw7tQ1Cc.mkv": null,
  };
  return inFolder(files, async (dir) => {
    assert.deepEqual(await captionsOf(dir, "train"), {
      "videos/QOlSCBRmfWY.mp4": ["A woman dances. She stops."],
    });
    assert.deepEqual(await captionsOf(dir, "test"), {
      "videos/v_uqiMw7tQ1Cc.mkv": ["A weight lifting tutorial."],
    });
  });
});

Deno.test("LSMDC is read from tab-separated lines", () => {
  const clip = "3001_21_JUMP_STREET_00.00.15.462-00.00.16.931";
  const line = (sentence: string) =>
    `${clip}\t00.00.15.462\t00.00.16.931\t00.00.15.462\t00.00.16.931\t${sentence}\n`;
  const files = {
    "LSMDC16_annos_training.csv": line('SOMEONE says "hi", and leaves.') + line("He is gone."),
    "LSMDC16_challenge_1000_publictect.csv": "1005_Signs_00.1\t00\t01\n",
    [`avi/3001_21_JUMP_STREET/${clip}.avi`]: null,
  };
  return inFolder(files, async (dir) => {
    assert.deepEqual(await captionsOf(dir, "train"), {
      [`avi/3001_21_JUMP_STREET/${clip}.avi`]: ['SOMEONE says "hi", and leaves.', "He is gone."],
    });
    await assert.rejects(captionsOf(dir, "test"), /publictect\.csv line 1: expected 6 fields/);
  });
});

Deno.test("Charades asks for what the script says", () => {
  const header =
    "id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions," +
    "length\n";
  const files = {
    "Charades/Charades_v1_train.csv": header +
      '46GP8,HR43,Kitchen,6,7,Yes,"A person cooks,\nand ""laughs"".",food;stove,A person cooks.,' +
      '"c092 11.90 21.20;c147 0.00 12.60",24.83\n',
    "Charades/Charades_v1_test.csv":
      `${header}YSKX3,T7C3,Living room,6,6,Yes,A person sits.,,,,3\n`,
    "Charades_v1_480/46GP8.mp4": null,
    "Charades_v1_480/YSKX3.mp4": null,
  };
  return inFolder(files, async (dir) => {
    assert.deepEqual(await captionsOf(dir, "train"), {
      "Charades_v1_480/46GP8.mp4": ['A person cooks,\nand "laughs".'],
    });
    assert.deepEqual(await captionsOf(dir, "test"), {
      "Charades_v1_480/YSKX3.mp4": ["A person sits."],
    });
  });
});

Deno.test("missing annotations and videos are named in one line", () =>
  inFolder(MSR_VTT, async (dir) => {
    const says = async (split: string, message: string) => {
      const data = await openData(dir);
      await assert.rejects(data.load(split), new Error(message));
    };
    for (const name of ["video1.mp4", "more/video3.mp4"]) {
      await Deno.remove(join(dir, "videos", name));
    }
    await says(
      "test",
      `Cannot load MSR-VTT 1K-A from ${dir}: 2 of 2 videos are missing: video1, video3`,
    );
    await Deno.create(join(dir, "videos/video1.mp4"));
    await says("test", `Cannot load MSR-VTT 1K-A from ${dir}: 1 of 2 videos are missing: video3`);

    const said: string[] = [];
    const { videos } = await (await openData(dir)).load("test", {
      skipMissing: true,
      onNotice: (message) => said.push(message),
    });
    assert.deepEqual(videos.map(({ name }) => name), ["video1"]);
    assert.match(said[0], /has 2 videos here and 1000 in the papers/);
    assert.match(said[1], /1 of 2 videos are missing: video3/);

    await Deno.create(join(dir, "annotation/video1.mp4"));
    await assert.rejects(
      (await openData(dir)).load("test"),
      /video1 is there 2 times, .*annotation\/video1\.mp4 and .*videos\/video1\.mp4; keep one/,
    );
    await Deno.remove(join(dir, "annotation/MSRVTT_data.json"));
    await says(
      "train",
      `Cannot load MSR-VTT 1K-A from ${dir}: MSRVTT_data.json is missing; its split train needs ` +
        "MSRVTT_data.json and MSRVTT_train.9k.csv, and the videos, video0.mp4, video1.mp4, …, " +
        "anywhere below the folder",
    );
    await assert.rejects((await openData(dir)).load("validation"), RangeError);
  }));

Deno.test("damaged annotations are named in one line", () =>
  inFolder(MSR_VTT, async (dir) => {
    const path = join(dir, "annotation/MSRVTT_data.json");
    const data = await openData(dir, "msr-vtt-full");
    const start = `Cannot load MSR-VTT full from ${dir}: `;
    await Deno.writeTextFile(path, "{");
    await assert.rejects(data.load("test"), new Error(`${start}MSRVTT_data.json is not JSON`));
    await Deno.writeTextFile(path, '{"videos": [{"video_id": 7}], "sentences": []}');
    await assert.rejects(
      data.load("test"),
      ({ message }: Error) =>
        message.startsWith(`${start}MSRVTT_data.json at videos.0.video_id: `) &&
        !message.includes("\n"),
    );
    await Deno.writeTextFile(path, JSON.stringify({ videos: [], sentences: [] }));
    await assert.rejects(data.load("test"), new Error(`${start}it has no videos`));
  }));

Deno.test("a folder that holds several data sets or none asks for one", () =>
  inFolder({ "Charades_v1_test.csv": "id,script\n", "val_1.json": "{}" }, async (dir) => {
    await assert.rejects(openData(dir), /holds activitynet and charades; name one/);
    assert.equal((await openData(dir, "charades")).name, "Charades");
    await assert.rejects(openData(dir, "coco"), RangeError);
    await Deno.mkdir(join(dir, "empty"));
    await assert.rejects(openData(join(dir, "empty")), /Cannot find a data set in/);
    await assert.rejects(openData(join(dir, "nowhere")), /there is no such file or folder/);
  }));
