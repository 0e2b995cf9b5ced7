/**
 * The store on S3, run where `FOVEA_TEST_S3` names an endpoint that has a bucket `fovea-test`. With
 * versitygw, for example:
 *
 * ```sh
 * go install github.com/versity/versitygw/cmd/versitygw@latest
 * mkdir -p /tmp/s3/fovea-test
 * ROOT_ACCESS_KEY=fovea ROOT_SECRET_KEY=secret versitygw --port 127.0.0.1:7070 posix /tmp/s3 &
 * FOVEA_TEST_S3=http://127.0.0.1:7070 AWS_ACCESS_KEY_ID=fovea AWS_SECRET_ACCESS_KEY=secret \
 *   deno task test tests/store/s3_test.ts
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import { ClipStore } from "../../store/clip_store.ts";
import { MANIFEST, sampleClip } from "./sample_clips.ts";
import { assertIntact, Writer } from "./writer.ts";

const endpoint = Deno.env.get("FOVEA_TEST_S3");
const ignore = endpoint === undefined;
const why = ignore ? " (FOVEA_TEST_S3 names no endpoint)" : "";
const options = {
  storageOptions: { endpoint: endpoint ?? "", allow_http: "true", region: "us-east-1" },
};

/** A place in the bucket that no earlier run has used. */
const newPlace = () => `s3://fovea-test/${crypto.randomUUID()}`;

Deno.test({
  name: "ClipStore does on S3 what it does on a disk" + why,
  ignore,
  async fn() {
    const place = newPlace();
    await assert.rejects(ClipStore.open(place, options), {
      name: "NotFound",
      message: `Cannot open the index ${place}: there is none; make it with "index PATH…"`,
    });
    const store = await ClipStore.openOrCreate(place, MANIFEST, options);
    await store.upsert([0, 1, 2].map((clip) => sampleClip("a", clip, 3)));
    const other = await ClipStore.open(place, options);
    await other.upsert([sampleClip("a", 0, 1, { fingerprint: "second" }), sampleClip("b", 0, 1)]);
    assert.equal((await store.coarse({ entities: true })).length, 2);
    assert.deepEqual(await store.records(["b#0"]), [sampleClip("b", 0, 1)]);
    await store.adopt({
      from: "b",
      to: "c",
      fingerprint: "first",
      path: "c",
      size: 1,
      modified: 1,
      keep: false,
    });
    await store.compact();
    assert.deepEqual([...(await other.videos()).keys()].sort(), ["a", "c"]);
    const { clips, bytes } = await other.info();
    assert.equal(clips, 2);
    assert(bytes > 0);
    other.close();
    store.close();
    const again = await ClipStore.rebuild(place, MANIFEST, options);
    assert.equal((await again.videos()).size, 0);
    again.close();
  },
});

Deno.test({
  name: "12 processes on S3 killed at random moments lose and double nothing" + why,
  ignore,
  async fn() {
    const place = newPlace();
    const env = { AWS_ENDPOINT: endpoint!, AWS_ALLOW_HTTP: "true", AWS_REGION: "us-east-1" };
    const acknowledged = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const writers = ["a", "b"].map((video) => new Writer(place, video, 120, 4, env));
      await Promise.all(writers.map((writer, i) =>
        writer.run({
          at: (round + i) % 2 === 0 ? /^compacting/ : /^(open|stored)/,
          line: 1,
          after: Math.random() * 100,
        })
      ));
      for (const { acknowledged: ids } of writers) for (const id of ids) acknowledged.add(id);
      if (acknowledged.size > 0) (await assertIntact(place, acknowledged, options)).close();
    }
    const writers = ["a", "b"].map((video) => new Writer(place, video, 120, 10, env));
    await Promise.all(writers.map((writer) => writer.run()));
    const store = await assertIntact(place, acknowledged, options);
    for (const { video, stored } of (await store.videos()).values()) {
      assert.equal(stored.length, 120, video);
    }
    store.close();
  },
});
