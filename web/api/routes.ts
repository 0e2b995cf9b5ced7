/**
 * The routes of the API: paths, requests and answers, without what they do.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import * as schema from "./schemas.ts";

/** The largest picture that is taken, in bytes. */
export const MAX_IMAGE_BYTES = 20 * 2 ** 20;

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { "application/json": { schema } },
  description,
});

const binary = (type: string, description: string) => ({
  content: { [type]: { schema: z.any().openapi({ type: "string", format: "binary" }) } },
  description,
});

const error = (description: string) => json(schema.ErrorResponse, description);

const errors = {
  400: error("The request is not as described"),
  401: error("The token is missing or wrong"),
  403: error("Another site's page asked"),
  404: error("It is not in the index"),
  500: error("It failed"),
  503: error("Too much is being done at once; ask again later"),
};

const clip = z.object({ clip: schema.ClipId });
const video = z.object({ video: schema.VideoId });

/** Finds moments. */
export const search = createRoute({
  method: "get",
  path: "/api/search",
  request: { query: schema.SearchRequest },
  responses: { 200: json(schema.SearchResponse, "The moments, best first"), ...errors },
});

/** Takes a picture to search with: PNG, JPEG, WebP, GIF, BMP or TIFF. */
export const image = createRoute({
  method: "post",
  path: "/api/images",
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: z.object({ image: z.any().openapi({ type: "string", format: "binary" }) }),
        },
      },
    },
  },
  responses: {
    200: json(schema.ImageResponse, "The picture is held for a while"),
    408: error("It came too slowly, or took too long to decode"),
    413: error("It is too large"),
    415: error("It is no picture that can be decoded"),
    ...errors,
  },
});

/** A clip and its frames, compared with a query if one is given. */
export const clipDetail = createRoute({
  method: "get",
  path: "/api/clips/{clip}",
  request: { params: clip, query: schema.ClipRequest },
  responses: { 200: json(schema.ClipResponse, "The clip"), ...errors },
});

/** Why a text finds a clip. */
export const explanation = createRoute({
  method: "get",
  path: "/api/clips/{clip}/explanation",
  request: { params: clip, query: schema.ExplanationRequest },
  responses: { 200: json(schema.ExplanationResponse, "Clusters, importance, matches"), ...errors },
});

/** The picture of a frame, or of the one in the middle. */
export const thumbnail = createRoute({
  method: "get",
  path: "/api/clips/{clip}/thumbnails/{frame}",
  request: { params: clip.extend({ frame: schema.FrameNumber }) },
  responses: { 200: binary("image/jpeg", "The picture"), ...errors },
});

/** A video and its clips. */
export const videoDetail = createRoute({
  method: "get",
  path: "/api/videos/{video}",
  request: { params: video },
  responses: { 200: json(schema.VideoResponse, "The video"), ...errors },
});

const moved = { 410: error("The file is no longer where it was indexed, or has changed") };

/** The bytes of a video. */
export const videoFile = createRoute({
  method: "get",
  path: "/api/videos/{video}/file",
  request: { params: video },
  responses: {
    200: binary("video/*", "All of it"),
    206: binary("video/*", "The range asked for"),
    416: error("There is no such range"),
    ...moved,
    ...errors,
  },
});

/** How a video can be played. */
export const playback = createRoute({
  method: "get",
  path: "/api/videos/{video}/playback",
  request: { params: video },
  responses: {
    200: json(schema.PlaybackResponse, "Directly, or in segments"),
    ...moved,
    ...errors,
  },
});

/** A part of a video in a form that browsers play. */
export const segment = createRoute({
  method: "get",
  path: "/api/videos/{video}/segments/{segment}",
  request: { params: video.extend({ segment: z.coerce.number().int().min(0).max(1e7) }) },
  responses: { 200: binary("video/mp4", "A fragmented MP4"), ...moved, ...errors },
});

/** A moment of a video as a file of its own. */
export const moment = createRoute({
  method: "get",
  path: "/api/videos/{video}/moment",
  request: { params: video, query: schema.MomentRequest },
  responses: { 200: binary("video/mp4", "The moment, MP4 or GIF"), ...moved, ...errors },
});

/** The command line that cuts the same moment. */
export const momentCommand = createRoute({
  method: "get",
  path: "/api/videos/{video}/moment/command",
  request: { params: video, query: schema.MomentRequest },
  responses: { 200: json(schema.CommandResponse, "The command"), ...errors },
});

/** All clips on a plane. */
export const map = createRoute({
  method: "get",
  path: "/api/map",
  request: { query: schema.MapRequest },
  responses: { 200: json(schema.MapResponse, "Where the clips lie"), ...errors },
});

/** Folders that may be added. */
export const folders = createRoute({
  method: "get",
  path: "/api/folders",
  request: { query: schema.FoldersRequest },
  responses: { 200: json(schema.FoldersResponse, "Folders below the roots"), ...errors },
});

/** How indexing goes. */
export const indexing = createRoute({
  method: "get",
  path: "/api/indexing",
  responses: { 200: json(schema.IndexingResponse, "Where it is"), ...errors },
});

/** Adds a folder. */
export const startIndexing = createRoute({
  method: "post",
  path: "/api/indexing",
  request: {
    body: { required: true, content: { "application/json": { schema: schema.IndexingRequest } } },
  },
  responses: { 202: json(schema.IndexingResponse, "It has begun, or waits its turn"), ...errors },
});

/** Stops after the clips in hand. */
export const pauseIndexing = createRoute({
  method: "post",
  path: "/api/indexing/pause",
  responses: { 200: json(schema.IndexingResponse, "It pauses"), ...errors },
});

/** Goes on where it paused. */
export const resumeIndexing = createRoute({
  method: "post",
  path: "/api/indexing/resume",
  responses: { 200: json(schema.IndexingResponse, "It goes on"), ...errors },
});

/** How indexing goes, as it goes: an event `indexing` with the same data at every change. */
export const indexingEvents = createRoute({
  method: "get",
  path: "/api/indexing/events",
  responses: {
    200: {
      content: { "text/event-stream": { schema: schema.IndexingResponse } },
      description: "Server-sent events",
    },
    ...errors,
  },
});

/** What the index holds. */
export const index = createRoute({
  method: "get",
  path: "/api/index",
  responses: { 200: json(schema.IndexResponse, "What the index holds"), ...errors },
});

/** How the server does. */
export const health = createRoute({
  method: "get",
  path: "/api/health",
  responses: { 200: json(schema.HealthResponse, "Its workers"), ...errors },
});
