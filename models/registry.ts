export type { ModelFiles } from "./model_files.ts";
