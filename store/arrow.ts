/**
 * Apache Arrow as LanceDB sees it: the CommonJS build. A schema made by the ES module build is
 * another class to LanceDB, which then fails with "schemas must be equivalent". So is one of another
 * `node_modules`, which `deno install --global` makes: it is looked for from where LanceDB lies.
 *
 * @module
 */
import { createRequire } from "node:module";
import type * as Arrow from "apache-arrow";

/** The CommonJS build of `apache-arrow`, the one instance that LanceDB shares. */
export const arrow: typeof Arrow = createRequire(import.meta.resolve("@lancedb/lancedb"))(
  "apache-arrow",
);

export type { Arrow };
