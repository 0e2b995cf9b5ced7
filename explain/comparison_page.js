// Pointing at a token lights all of its patches, of that method.
const svg = document.querySelector("svg");
const tip = document.getElementById("tip");
const methods = JSON.parse(document.getElementById("data").textContent);

function clear() {
  tip.hidden = true;
  for (const group of svg.querySelectorAll(".searching")) group.classList.remove("searching");
  for (const path of svg.querySelectorAll(".lit")) path.classList.remove("lit");
}

svg.addEventListener("pointermove", ({ target, clientX, clientY }) => {
  clear();
  const path = target.closest?.("[data-token]");
  if (!path) return;
  const { method } = path.parentElement.dataset;
  const { token } = path.dataset;
  for (const group of svg.querySelectorAll(`.clusters[data-method="${method}"]`)) {
    group.classList.add("searching");
    for (const it of group.querySelectorAll(`[data-token="${token}"]`)) it.classList.add("lit");
  }
  const { word, cosine } = methods[method][token];
  tip.textContent = `Token ${Number(token) + 1}, ${method}\nnearest word: ${word} (${
    cosine.toFixed(3)
  })`;
  tip.hidden = false;
  tip.style.left = `${Math.min(clientX + 14, innerWidth - tip.offsetWidth - 4)}px`;
  tip.style.top = `${Math.min(clientY + 18, innerHeight - tip.offsetHeight - 4)}px`;
});
svg.addEventListener("pointerleave", clear);
