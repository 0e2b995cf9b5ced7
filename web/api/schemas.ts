/**
 * What the JSON API takes and gives. The routes check requests with these schemas, the OpenAPI
 * description at `/api/openapi.json` is generated from them, and the page takes its types from here.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";

/** The id of a video: 32 hexadecimal digits. */
export const VideoId = z.string().regex(/^[0-9a-f]{32}$/, "expected the id of a video")
  .openapi({ example: "5f2a4c0e9b1d37866f0a1c2b3d4e5f60" });

/** The id of a clip: its video's id, a dash, and its number in the video, from 0. */
export const ClipId = z.string().regex(/^[0-9a-f]{32}-\d{1,7}$/, "expected the id of a clip")
  .openapi({ example: "5f2a4c0e9b1d37866f0a1c2b3d4e5f60-0" });

/** Which frame of a clip: its number, from 0, or the one in the middle. */
export const FrameNumber = z.union([
  z.literal("middle"),
  z.coerce.number().int().min(0).max(4096),
]);

/** The id of a picture that was sent to `POST /api/images`. */
export const ImageId = z.string().regex(/^[\w-]{22}$/, "expected the id of a picture");

/** The longest text that is searched for, in characters. CLIP reads 77 tokens of it. */
const MAX_TEXT = 1000;

/** Whatever comes as one value or many of a query string, as a list. */
function list<T extends z.ZodType>(item: T, most: number) {
  return z.preprocess(
    (value) => value === undefined ? [] : Array.isArray(value) ? value : [value],
    z.array(item).max(most),
  ).openapi({ type: "array", items: { type: "string" }, maxItems: most });
}

/** A number in a query string; the empty string is none. */
function number(schema: z.ZodType<number, number>) {
  return z.preprocess(
    (value) => value === "" ? undefined : typeof value === "string" ? Number(value) : value,
    schema.optional(),
  ).openapi({ type: "number" });
}

const text = z.string().trim().min(1).max(MAX_TEXT);

const anyNumber = z.number("expected a number");

const seconds = anyNumber.min(0).max(1e9);

/** A date without a time: that day's start at the server's place; or with a time and a zone. */
const date = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).optional();

/** What is looked for. All texts, pictures and clips count equally. */
const wanted = {
  text: list(text, 8).describe("What happens, in words"),
  not: list(text, 8).describe("What should not happen: half of its score is taken off"),
  image: list(ImageId, 4).describe("Pictures sent to POST /api/images"),
  like: list(ClipId, 4).describe("Clips that it should look like; they are not found themselves"),
};

/** The query string of `GET /api/search`. */
export const SearchRequest = z.object({
  ...wanted,
  path: z.string().max(MAX_TEXT).optional()
    .describe("Only videos whose path matches this glob; without a slash, whose name does"),
  after: date.describe("Only videos whose file records this date or a later one"),
  before: date.describe("Only videos whose file records an earlier date"),
  longer: number(seconds).describe("Only videos longer than this many seconds"),
  shorter: number(seconds).describe("Only videos shorter than this many seconds"),
  minScore: number(anyNumber).describe("Leaves out moments whose score is below this"),
  only: z.enum(["picture", "speech"]).optional()
    .describe("Searches only what is seen, or only what is said"),
  dedupe: z.enum(["true", "false"]).default("false")
    .describe("Whether clips are left out that are near-identical to a better one"),
  group: z.enum(["video", "none"]).default("none")
    .describe("Whether the moments of one video are shown together"),
  page: number(anyNumber.int().min(0).max(10_000)).describe("From 0"),
  pageSize: number(anyNumber.int().min(1).max(100)).describe("Results a page; 24 by default"),
});

/** The similarities that make up a score; null where the way of scoring has no such one. */
export const Similarities = z.object({
  sentenceFrame: z.number().nullable(),
  sentencePatch: z.number().nullable(),
  wordPatch: z.number().nullable(),
}).openapi("Similarities");

/** Something that is said. */
export const SubtitleLine = z.object({
  start: z.number().describe("In seconds of the video"),
  end: z.number().describe("In seconds of the video"),
  text: z.string(),
}).openapi("SubtitleLine");

const moment = {
  clip: ClipId,
  video: VideoId,
  path: z.string().describe("Relative to the index's root, for showing"),
  name: z.string().describe("The file's name"),
  start: z.number().describe("Where the clip begins, in seconds of the video"),
  end: z.number().describe("Where the clip ends, in seconds of the video"),
  at: z.number().describe("The time of the frame nearest to the query, in seconds of the video"),
  frame: z.number().int().describe("Which frame of the clip that is, from 0: its picture"),
  score: z.number().describe("Of what is seen"),
  similarities: Similarities,
  matched: z.enum(["picture", "speech", "both"]).describe("What of it fits: seen, said, or both"),
  line: SubtitleLine.nullable().describe("The line that says most of it; null where none does"),
  duration: z.number().nullable().describe("Of the whole video, in seconds"),
  created: z.string().nullable().describe("The date that the file records of itself"),
};

/** A clip that was found. Its picture is `/api/clips/{clip}/thumbnails/{frame}`. */
export const FoundMoment = z.object(moment).openapi("Moment");

/** A moment of a page, with the others of its video where they are grouped. */
export const Result = z.object({
  ...moment,
  rank: z.number().int().describe("From 1, over all pages"),
  others: z.array(FoundMoment).describe("Further moments of the video, best first; at most 11"),
}).openapi("Result");

/**
 * How the best picture compares with what texts find that have nothing to do with the index. It is
 * the same on every page.
 */
export const Match = z.object({
  confidence: z.number().min(0).max(1)
    .describe(
      "How sure it is that the best picture is no chance: of texts that are not there, " +
        "this share finds nothing as near",
    ),
  good: z.boolean().describe("False: say that nothing that is seen is a good match"),
}).openapi("Match");

/** The answer of `GET /api/search`. */
export const SearchResponse = z.object({
  query: z.string().describe("The query in one line, as it was understood"),
  model: z.string(),
  results: z.array(Result),
  page: z.number().int(),
  pageSize: z.number().int(),
  more: z.boolean().describe("Whether there is a page after this one"),
  match: Match.nullable()
    .describe("Null without words, where pictures are not searched, and until it is calibrated"),
  notices: z.array(z.string()).describe("What the user should know of how it was scored"),
}).openapi("SearchResponse");

/** The answer of `POST /api/images`: the picture is held for a while, for searches to name. */
export const ImageResponse = z.object({ image: ImageId }).openapi("Image");

/** The query string of `GET /api/clips/{clip}`: a search that the frames are compared with. */
export const ClipRequest = z.object(wanted);

/** A frame of a clip. */
export const FrameDetail = z.object({
  time: z.number().describe("In seconds of the video"),
  similarity: z.number().nullable().describe("Its cosine to the query; null without one"),
  kept: z.boolean().nullable().describe("Whether FFSM keeps it for the query; null without one"),
}).openapi("Frame");

/** The answer of `GET /api/clips/{clip}`. */
export const ClipResponse = z.object({
  clip: ClipId,
  video: VideoId,
  path: z.string(),
  name: z.string(),
  number: z.number().int().describe("Which clip of the video it is, from 0"),
  clips: z.number().int().describe("How many the video has"),
  previous: ClipId.nullable(),
  next: ClipId.nullable(),
  start: z.number(),
  end: z.number(),
  duration: z.number().nullable(),
  created: z.string().nullable(),
  frames: z.array(FrameDetail),
}).openapi("Clip");

/** The query string of `GET /api/clips/{clip}/explanation`. */
export const ExplanationRequest = z.object({ text: text.describe("One text of the query") });

/** How one round of PFCM left the patches of the frames that it clustered. */
export const Round = z.object({
  clusters: z.number().int().describe("How many tokens were left: M"),
  cluster: z.array(z.number().int())
    .describe("The token that each patch went into, from 0: [C·P], frame after frame, row by row"),
  importance: z.array(z.number()).nullable()
    .describe(
      "I of the token that each patch was part of before this round: [C·P]; " +
        "null where all count the same",
    ),
}).openapi("Round");

/** A word of the query and where it matched. */
export const Word = z.object({
  text: z.string(),
  weight: z.number().describe("θ_w"),
  similarity: z.array(z.number()).describe("Its cosine to every token that is left: [M]"),
}).openapi("Word");

/** The answer of `GET /api/clips/{clip}/explanation`. */
export const ExplanationResponse = z.object({
  clip: ClipId,
  text: z.string(),
  mode: z.enum(["skrr", "hvd"]).describe(
    "How a search scores, which is what is explained: skrr compares all of the clip, hvd the " +
      "frames that the text spots",
  ),
  aligned: z.boolean()
    .describe(
      "Whether the model was trained to compare patches with words; else words match " +
        "places by chance",
    ),
  patchesPerFrame: z.number().int().describe("P, a square grid"),
  times: z.array(z.number()).describe("Of each frame, in seconds of the video: [F]"),
  frameSimilarity: z.array(z.number()).describe("The cosine of the text and each frame: [F]"),
  kept: z.array(z.boolean()).describe("Which frames FFSM keeps: [F]"),
  frameWeight: z.array(z.number()).describe("θ_f: [F]; 0 of frames that do not count"),
  clustered: z.array(z.number().int())
    .describe("The frames whose patches PFCM compresses, by number, in order of time: [C]"),
  rounds: z.array(Round),
  entityWeight: z.array(z.number()).describe("θ_p of every token that is left: [M]"),
  sentenceSimilarity: z.array(z.number())
    .describe("The cosine of the text and every token that is left: [M]"),
  words: z.array(Word),
  similarities: Similarities.describe("All that were taken, whether they count or not"),
  counted: z.array(Similarities.keyof()).describe("Which of them the score is the sum of"),
  score: z.number().describe("What a search for the text scores the clip"),
}).openapi("Explanation");

/** A clip of a video. */
export const ClipSpan = z.object({ clip: ClipId, start: z.number(), end: z.number() })
  .openapi("ClipSpan");

/** The answer of `GET /api/videos/{video}`. */
export const VideoResponse = z.object({
  video: VideoId,
  path: z.string(),
  name: z.string(),
  size: z.number().int().describe("In bytes, when it was indexed"),
  duration: z.number().nullable(),
  created: z.string().nullable(),
  available: z.boolean().describe("Whether the file is where it was when it was indexed"),
  clips: z.array(ClipSpan),
}).openapi("Video");

/**
 * The answer of `GET /api/videos/{video}/playback`: how to show a video.
 *
 * Where `direct` is true, or the browser can play `type`, the file itself is the source of a video
 * element: `/api/videos/{video}/file`. Else it comes in segments for Media Source Extensions, each
 * a whole fragmented MP4 with the video's own times: segment i, at
 * `/api/videos/{video}/segments/{i}`, has at least the span from i · `segmentSeconds` to
 * (i + 1) · `segmentSeconds`; overlaps with its neighbours are the same pictures.
 */
export const PlaybackResponse = z.object({
  direct: z.boolean().describe("Whether all browsers play the file"),
  type: z.string().describe("The file's media type with its codecs"),
  segmentType: z.string().describe("The media type of the segments with their codecs"),
  segmentSeconds: z.number(),
  segments: z.number().int(),
  duration: z.number().describe("In seconds"),
}).openapi("Playback");

/** The query string of `GET /api/videos/{video}/moment`, which gives a file, and of its command. */
export const MomentRequest = z.object({
  start: z.coerce.number().min(0).max(1e9).describe("In seconds of the video"),
  end: z.coerce.number().min(0).max(1e9).describe("In seconds of the video"),
  format: z.enum(["mp4", "gif"]).default("mp4"),
  cut: z.enum(["copy", "exact"]).default("copy")
    .describe("copy: begins at the key frame before, nothing is encoded; exact: encoded anew"),
  download: z.enum(["true", "false"]).default("false").describe("Whether a browser is to save it"),
});

/** The answer of `GET /api/videos/{video}/moment/command`. */
export const CommandResponse = z.object({
  command: z.string().describe("Cuts the same moment in a terminal"),
}).openapi("Command");

/** The query string of `GET /api/folders`. */
export const FoldersRequest = z.object({
  folder: z.string().min(1).max(4096).optional()
    .describe("A folder that this API named; without it, those that may be added from"),
});

/** The answer of `GET /api/folders`: folders that may be added. */
export const FoldersResponse = z.object({
  folder: z.string().nullable().describe("The folder that is listed; null for the roots"),
  parent: z.string().nullable().describe("The folder around it; null for the roots"),
  folders: z.array(z.object({ path: z.string(), name: z.string() })),
  videos: z.number().int().describe("Video files in the folder itself"),
}).openapi("Folders");

/** The query string of `GET /api/map`. */
export const MapRequest = z.object({
  text: text.optional().describe("A text to place among the clips that fit it best"),
});

/** The answer of `GET /api/map`: all clips on a plane, near-identical ones together. */
export const MapResponse = z.object({
  how: z.string().describe("How they were laid out, in one sentence"),
  videos: z.array(z.object({ video: VideoId, path: z.string(), name: z.string() })),
  clips: z.array(z.object({
    video: z.number().int().describe("Which of the videos"),
    clip: z.number().int().describe("Which of its clips: its id is VIDEO-CLIP"),
    start: z.number(),
    end: z.number(),
    x: z.number().min(0).max(1),
    y: z.number().min(0).max(1),
  })),
  query: z.object({
    text: z.string(),
    x: z.number().min(0).max(1),
    y: z.number().min(0).max(1),
    best: z.array(z.object({ clip: ClipId, score: z.number() })),
  }).nullable(),
}).openapi("Map");

/** The body of `POST /api/indexing`. */
export const IndexingRequest = z.object({
  folder: z.string().min(1).max(4096).describe("An absolute path below a folder of serve --root"),
}).openapi("IndexingRequest");

/** A file that could not be indexed. */
export const IndexingFailure = z.object({ video: z.string(), error: z.string() })
  .openapi("IndexingFailure");

/**
 * How indexing goes: the answer of `GET /api/indexing`, and the data of every event of
 * `GET /api/indexing/events`. A folder that is added while another is indexed waits its turn.
 */
export const IndexingResponse = z.object({
  state: z.enum(["idle", "running", "pausing", "paused"]),
  folder: z.string().nullable().describe("What is being indexed, or was last"),
  waiting: z.array(z.string()).describe("Folders whose turn is to come"),
  done: z.number().int().describe("Videos that are finished, failed ones included"),
  videos: z.number().int().describe("Videos that there were to do"),
  clips: z.number().int().describe("Clips that were encoded"),
  fraction: z.number().min(0).max(1).describe("The share of the bytes that is done"),
  clipsPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  unchanged: z.number().int().describe("Videos that were in already; known at the end"),
  failed: z.number().int(),
  failures: z.array(IndexingFailure).describe("The last of them, newest first; at most 100"),
  notices: z.array(z.string()),
  error: z.string().nullable().describe("What ended the run before its end"),
}).openapi("Indexing");

/** The answer of `GET /api/index`. */
export const IndexResponse = z.object({
  exists: z.boolean().describe("False until the first video is in"),
  videos: z.number().int(),
  clips: z.number().int(),
  model: z.string().nullable(),
  heads: z.string().nullable().describe("The trained heads; null: sentence–frame alone counts"),
  bytes: z.number().int(),
  frames: z.number().int().nullable().describe("Frames a clip, at most"),
  version: z.number().int().describe("Grows with every commit"),
  canAdd: z.boolean().describe("Whether folders can be added: serve was given a --root"),
}).openapi("Index");

/** How a worker of the server does. */
export const WorkerHealth = z.object({
  name: z.string(),
  state: z.enum(["idle", "ready", "failed"])
    .describe("idle: starts when it is needed; failed: starts again at the next request"),
  restarts: z.number().int().describe("How often it was started again after it had ended"),
  lastError: z.string().nullable(),
}).openapi("Worker");

/** The answer of `GET /api/health`. */
export const HealthResponse = z.object({
  ok: z.boolean(),
  version: z.string(),
  workers: z.array(WorkerHealth),
  searches: z.object({ running: z.number().int(), waiting: z.number().int() }),
}).openapi("Health");

/** Every error of the API. */
export const ErrorResponse = z.object({
  error: z.string().describe("What, why, and what to do about it, in one line"),
  kind: z.enum([
    "invalid",
    "forbidden",
    "token",
    "missing",
    "forgotten",
    "moved",
    "unreadable",
    "large",
    "busy",
    "slow",
    "no-index",
    "failed",
  ]).describe("What tells errors apart that have their own words in the page"),
}).openapi("Error");

/** The types of the above, for the page. */
export type SearchRequest = z.infer<typeof SearchRequest>;
export type SearchResponse = z.infer<typeof SearchResponse>;
export type Similarities = z.infer<typeof Similarities>;
export type SubtitleLine = z.infer<typeof SubtitleLine>;
export type FoundMoment = z.infer<typeof FoundMoment>;
export type Result = z.infer<typeof Result>;
export type Match = z.infer<typeof Match>;
export type ImageResponse = z.infer<typeof ImageResponse>;
export type ClipRequest = z.infer<typeof ClipRequest>;
export type ClipResponse = z.infer<typeof ClipResponse>;
export type FrameDetail = z.infer<typeof FrameDetail>;
export type ExplanationResponse = z.infer<typeof ExplanationResponse>;
export type Round = z.infer<typeof Round>;
export type Word = z.infer<typeof Word>;
export type VideoResponse = z.infer<typeof VideoResponse>;
export type PlaybackResponse = z.infer<typeof PlaybackResponse>;
export type MomentRequest = z.infer<typeof MomentRequest>;
export type CommandResponse = z.infer<typeof CommandResponse>;
export type FoldersResponse = z.infer<typeof FoldersResponse>;
export type MapResponse = z.infer<typeof MapResponse>;
export type IndexingRequest = z.infer<typeof IndexingRequest>;
export type IndexingFailure = z.infer<typeof IndexingFailure>;
export type IndexingResponse = z.infer<typeof IndexingResponse>;
export type IndexResponse = z.infer<typeof IndexResponse>;
export type WorkerHealth = z.infer<typeof WorkerHealth>;
export type HealthResponse = z.infer<typeof HealthResponse>;
export type ErrorResponse = z.infer<typeof ErrorResponse>;
