// What the pointer shows in an explanation: the patches of a token all over the video, and where a
// word is near to what.
const { patchesPerFrame, clustered, rounds, words, nearest } = JSON.parse(
  document.getElementById("data").textContent,
);
const svg = document.querySelector("svg");
const tip = document.getElementById("tip");
const side = Math.sqrt(patchesPerFrame);
const last = rounds[rounds.length - 1];

function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
  tip.style.top = `${y + 18 + height > innerHeight ? y - height - 10 : y + 18}px`;
}

function clear() {
  tip.hidden = true;
  for (const group of svg.querySelectorAll(".searching")) group.classList.remove("searching");
  for (const path of svg.querySelectorAll(".lit")) path.classList.remove("lit");
  for (const heat of svg.querySelectorAll(".wordheat")) heat.remove();
}

function showToken(path, x, y) {
  const scope = path.closest("[data-round]").dataset;
  const { round, token } = { round: Number(scope.round), token: path.dataset.token };
  for (const group of svg.querySelectorAll(`.clusters[data-round="${round}"]`)) {
    group.classList.add("searching");
    for (const it of group.querySelectorAll(`[data-token="${token}"]`)) it.classList.add("lit");
  }
  const { sizes, frames, importance } = rounds[round];
  const count = sizes[token] === 1 ? "1 patch" : `${sizes[token]} patches`;
  const where = frames[token] === 1 ? "1 frame" : `${frames[token]} frames`;
  const lines = [`Token ${Number(token) + 1} after round ${round + 1}: ${count} in ${where}`];
  if (importance) lines.push(`importance of its patches ${importance[token].toFixed(3)}`);
  if (round === rounds.length - 1) {
    const { word, cosine } = nearest[token];
    lines.push(`nearest word: ${words[word].text} (${cosine.toFixed(3)})`);
  }
  showTip(lines.join("\n"), x, y);
}

/** Lays the cosines of a word and all patches over the first and the last row of patches. */
function showWord(card, x, y) {
  const { text, cosines } = words[card.dataset.word];
  const least = Math.min(...cosines);
  const span = Math.max(...cosines) - least || 1;
  const rows = `.patches, .clusters[data-round="${rounds.length - 1}"]`;
  for (const row of svg.querySelectorAll(rows)) {
    const group = document.createElementNS(svg.namespaceURI, "g");
    group.setAttribute("class", "wordheat");
    const first = clustered.indexOf(Number(row.dataset.frame)) * patchesPerFrame;
    for (let patch = 0; patch < patchesPerFrame; patch++) {
      const share = (cosines[last.cluster[first + patch]] - least) / span;
      const rect = document.createElementNS(svg.namespaceURI, "rect");
      rect.setAttribute("x", patch % side);
      rect.setAttribute("y", Math.floor(patch / side));
      rect.setAttribute("width", 1);
      rect.setAttribute("height", 1);
      rect.setAttribute("fill", `hsl(${Math.round(250 + 170 * share)} 90% ${20 + 45 * share}%)`);
      rect.setAttribute("fill-opacity", 0.75);
      group.append(rect);
    }
    // Both draw in units of patches: the one itself, the other in a group of its own.
    (row.matches(".clusters") ? row : row.firstElementChild).append(group);
  }
  showTip(
    `${text}: cosines from ${least.toFixed(3)} to ${(least + span).toFixed(3)}, ` +
      "laid over the patches above",
    x,
    y,
  );
}

function show(target, x, y) {
  clear();
  const token = target.closest?.("[data-token]");
  const word = target.closest?.(".word");
  if (token) showToken(token, x, y);
  else if (word) showWord(word, x, y);
}

svg.addEventListener(
  "pointermove",
  ({ target, clientX, clientY }) => show(target, clientX, clientY),
);
svg.addEventListener("pointerleave", clear);
for (const card of svg.querySelectorAll(".word")) {
  card.setAttribute("tabindex", "0");
  card.setAttribute("role", "img");
  const { text, best } = words[card.dataset.word];
  card.setAttribute("aria-label", `${text}: ${best.toFixed(3)}`);
  card.addEventListener("focus", () => {
    const { right, top } = card.getBoundingClientRect();
    show(card, right, top);
  });
  card.addEventListener("blur", clear);
}
addEventListener("keydown", ({ key }) => key === "Escape" && clear());
