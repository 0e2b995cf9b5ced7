import type { Figure } from "../figures/figure.ts";
import { toPage } from "../figures/page.ts";
import type { MethodScore } from "./compare_methods.ts";
import script from "./comparison_page.js" with { type: "text" };
import { nearestWords, shownWord } from "./word_matches.ts";

/** A comparison as a page: pointing at a token lights all of its patches. */
export function comparisonPage(
  drawn: Figure,
  title: string,
  methods: readonly MethodScore[],
): string {
  const data = Object.fromEntries(methods.flatMap(({ name, explanation }) =>
    explanation
      ? [[
        name,
        nearestWords(explanation).map(({ word, cosine }) => ({
          word: shownWord(explanation.words[word].text),
          cosine,
        })),
      ]]
      : []
  ));
  return toPage(drawn, title, data, script);
}
