// The clip nearest to the pointer: its picture, its video and its times. The wheel goes nearer.
const { clips, videos, pictures } = JSON.parse(document.getElementById("data").textContent);
const svg = document.querySelector("svg");
const tip = document.getElementById("tip");
const whole = svg.viewBox.baseVal;
const view = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
const full = { ...view };
const ring = document.createElementNS(svg.namespaceURI, "circle");
ring.setAttribute("fill", "none");
ring.setAttribute("stroke", "currentColor");
ring.setAttribute("pointer-events", "none");
svg.append(ring);

/** How near the pointer must be, in pixels of the screen. */
const REACH = 24;

let shown = -1;

function inPicture({ clientX, clientY }) {
  return new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
}

function nearest({ x, y }) {
  const reach = REACH * view.width / svg.clientWidth;
  let best = -1, square = reach * reach;
  for (let i = 0; i < clips.length; i++) {
    const distance = (clips[i][0] - x) ** 2 + (clips[i][1] - y) ** 2;
    if (distance < square) {
      best = i;
      square = distance;
    }
  }
  return best;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function show(i, clientX, clientY) {
  tip.hidden = i < 0;
  ring.setAttribute("r", i < 0 ? 0 : 9 * view.width / full.width);
  if (i < 0) {
    shown = -1;
    return;
  }
  const [x, y, video, start, end] = clips[i];
  ring.setAttribute("cx", x);
  ring.setAttribute("cy", y);
  ring.setAttribute("stroke-width", 3 * view.width / full.width);
  if (i !== shown) {
    tip.replaceChildren();
    if (pictures[i]) {
      const image = new Image();
      image.src = `data:image/jpeg;base64,${pictures[i]}`;
      image.alt = "";
      tip.append(image);
    }
    tip.append(`${videos[video]}\n${clock(start)}–${clock(end)}`);
    shown = i;
  }
  tip.style.left = `${Math.min(clientX + 16, innerWidth - tip.offsetWidth - 4)}px`;
  tip.style.top = `${Math.min(clientY + 16, innerHeight - tip.offsetHeight - 4)}px`;
}

svg.addEventListener("pointermove", (event) => {
  show(nearest(inPicture(event)), event.clientX, event.clientY);
});
svg.addEventListener("pointerleave", () => show(-1));
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const { x, y } = inPicture(event);
  const scale = Math.min(full.width / view.width, Math.exp(event.deltaY * 0.002));
  view.x = x - (x - view.x) * scale;
  view.y = y - (y - view.y) * scale;
  view.width *= scale;
  view.height *= scale;
  if (view.width >= full.width * 0.999) Object.assign(view, full);
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
}, { passive: false });
