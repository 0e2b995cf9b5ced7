import assert from "node:assert/strict";
import { failure, troubleOf } from "../../store/failure.ts";

/** What LanceDB says, in which place, and what becomes of it. */
const ERRORS: readonly (readonly [string, string, string])[] = [
  [
    "s3://films/x",
    "lance error: LanceError(IO): Generic S3 error: Failed to resolve region for bucket 'films', " +
    "/usr/local/cargo/registry/src/aws.rs:224:13  Caused by: LanceError(IO): no route",
    "Failed to resolve region for bucket 'films'; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY " +
    "and AWS_REGION, and AWS_ENDPOINT where it is not Amazon's",
  ],
  [
    "s3://films/x",
    "lance error: LanceError(IO): Generic S3 error: Error performing list request: Error " +
    "performing GET http://127.0.0.1:9/films?list-type=2&prefix=x in 511.8ms, after 3 retries, " +
    "max_retries: 3, retry_timeout: 180s  - HTTP error: error sending request, /a/b.rs:849:92",
    "Error performing GET http://127.0.0.1:9/films: HTTP error: error sending request; set " +
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and AWS_ENDPOINT where it is not " +
    "Amazon's",
  ],
  [
    "az://films/x",
    "lance error: Invalid user input: Unable to find object store prefix: no Azure account name " +
    "in URI, and no storage account configured., /usr/local/azure.rs:227:45  Caused by: …",
    "Unable to find object store prefix: no Azure account name in URI, and no storage account " +
    "configured; set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
  ],
  [
    "/films/.fovea",
    "Permission denied (os error 13): open '/films/.fovea/clips.lance/writers.lock'",
    "permission denied (open '/films/.fovea/clips.lance/writers.lock'); check its permissions",
  ],
];

for (const [place, message, why] of ERRORS) {
  Deno.test(`failure says what to do: ${why}`, () => {
    const error = failure("open", place, new Error(message));
    assert.equal(error.message, `Cannot open the index ${place}: ${why}`);
  });
}

Deno.test("troubleOf takes data that ends too early for damage", () => {
  assert.equal(troubleOf(new Error("file does not contain sufficient data")), "damaged");
});
