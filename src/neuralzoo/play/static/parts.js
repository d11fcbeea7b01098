// Parts that several rooms are made of: panels, tiles, bars, planes, pads to draw on.

import { curves, element, heat, say, sheet, variable } from "./draw.js";

export const panel = (title, ...children) => element("div", { class: "panel" }, element("h2", {}, title), ...children);

export function curvePanel(title, note = "") {
  const canvas = element("canvas", { class: "curve", role: "img", "aria-label": title }), small = element("small", {}, note);
  const box = element("div", { class: "panel" }, element("h2", {}, title, small), canvas);
  // `lines` as those of `curves`.
  return { box, note: (text) => { small.textContent = text; }, draw: (lines, options) => curves(canvas, lines, options) };
}

// Small pictures side by side; `draw(values, {count, side, columns…})` fills them.
export function tiles(label, { click = null, size = "4.2rem", names = null } = {}) {
  const grid = element("div", { class: "grid", role: click ? "group" : "img", "aria-label": label });
  grid.style.gridTemplateColumns = `repeat(auto-fill, minmax(${size}, 1fr))`;
  const held = [];
  function draw(values, count, height, width = height, range = null, captions = names) {
    while (held.length < count) {
      const i = held.length, canvas = element("canvas", { class: "pixel" }), caption = element("figcaption");
      const shell = click ? element("button", { class: "tile", "aria-label": `${label} ${i + 1}`, onclick: () => click(i) }, canvas) : canvas;
      held.push({ canvas, caption, figure: element("figure", {}, shell, caption) });
      grid.append(held[i].figure);
    }
    while (held.length > count) held.pop().figure.remove();
    held.forEach(({ canvas, caption }, i) => {
      const part = values.subarray(i * height * width, (i + 1) * height * width);
      const span = range ?? symmetric(part);
      heat(canvas, part, height, width, span);
      canvas.style.aspectRatio = `${width} / ${height}`;
      const text = captions?.[i] ?? "";
      if (caption.textContent !== text) caption.textContent = text;
    });
  }
  return { grid, draw, mark: (i) => held.forEach(({ figure }, k) => figure.classList.toggle("on", k === i)) };
}

export function symmetric(values) {
  let most = 1e-6;
  for (const v of values) if (Math.abs(v) > most) most = Math.abs(v);
  return { low: -most, high: most };
}

// Bars with names and numbers: shares of classes, likely letters.
export function bars(label) {
  const box = element("div", { class: "bars", role: "img", "aria-label": label });
  function draw(names, shares, best = -1) {
    while (box.childElementCount < names.length) box.append(element("div", { class: "bar" }, element("span", { class: "bar-name" }), element("span", { class: "bar-track" }, element("i")), element("span", { class: "bar-value" })));
    while (box.childElementCount > names.length) box.lastChild.remove();
    names.forEach((name, i) => {
      const [said, track, value] = box.children[i].children;
      said.textContent = name; value.textContent = Number.isFinite(shares[i]) ? shares[i].toFixed(2).replace("-", "−") : say(shares[i]);
      track.firstChild.style.width = `${100 * Math.max(0, Math.min(1, shares[i]))}%`;
      box.children[i].classList.toggle("best", i === best);
    });
  }
  return { box, draw };
}

// A square with coordinates from `low` to `high` both ways, up being up.
export function plane(label, { low = -1.1, high = 1.1 } = {}) {
  const ground = element("canvas", { class: "pixel" }), over = element("canvas", { role: "img", "aria-label": label });
  const box = element("div", { class: "square" }, ground, over);
  function begin() {
    const { context, width } = sheet(over, over.clientHeight), scale = width / (high - low);
    return { context, width, x: (v) => (v - low) * scale, y: (v) => (high - v) * scale };
  }
  return { box, ground, over, begin };
}

export function dots(to, points, count, { size = 3, ink = variable("--muted"), ring = null, of = null } = {}) {
  const { context, x, y } = to;
  for (let i = 0; i < count; i++) {
    context.beginPath();
    context.arc(x(points[2 * i]), y(points[2 * i + 1]), typeof size === "function" ? size(i) : size, 0, 7);
    context.fillStyle = of ? of(i) : ink; context.fill();
    if (ring) { context.strokeStyle = ring; context.lineWidth = 1; context.stroke(); }
  }
}

// A pad of `side` × `side` pixels to draw on with a finger, a mouse, or the keyboard (arrows, and space to draw).
export function pad(side, { label, changed, brush = 1.3, levels = true }) {
  const canvas = element("canvas", { class: "pixel pad", tabindex: 0, role: "application", "aria-label": `${label}: draw, or move by arrows and press space` });
  let pixels = new Float32Array(side * side), ink = 1, at = { x: side >> 1, y: side >> 1 }, keyed = false;
  const show = () => { heat(canvas, pixels, side, side, { low: levels ? -1 : -1, high: 1 }); if (keyed) mark(); };
  function mark() { const c = canvas.getContext("2d"); c.fillStyle = variable("--orange"); c.fillRect(at.x, at.y, 1, 1); }
  function stroke(x, y) {
    for (let j = 0; j < side; j++) for (let i = 0; i < side; i++) {
      const far = Math.hypot(i + 0.5 - x, j + 0.5 - y);
      if (levels) { if (ink > 0) pixels[j * side + i] = Math.max(pixels[j * side + i], Math.min(1, Math.max(0, brush + 0.5 - far))); else if (far < brush) pixels[j * side + i] = 0; }
      else if (far < brush) pixels[j * side + i] = ink;
    }
    show(); changed(pixels);
  }
  const place = (event) => { const box = canvas.getBoundingClientRect(); return [(event.clientX - box.left) / box.width * side, (event.clientY - box.top) / box.height * side]; };
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId); keyed = false; last = place(event);
    const [x, y] = last.map(Math.floor);
    ink = levels ? (event.button === 2 ? -1 : 1) : pixels[y * side + x] > 0 ? -1 : 1;
    stroke(...last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const now = place(event), steps = Math.max(1, Math.ceil(Math.hypot(now[0] - last[0], now[1] - last[1])));
    for (let k = 1; k <= steps; k++) stroke(last[0] + (now[0] - last[0]) * k / steps, last[1] + (now[1] - last[1]) * k / steps);
    last = now;
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { last = null; });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) { keyed = true; at = { x: Math.max(0, Math.min(side - 1, at.x + move[0])), y: Math.max(0, Math.min(side - 1, at.y + move[1])) }; if (event.shiftKey) stroke(at.x + 0.5, at.y + 0.5); show(); event.preventDefault(); }
    if (event.key === " ") { keyed = true; ink = levels || pixels[at.y * side + at.x] <= 0 ? 1 : -1; stroke(at.x + 0.5, at.y + 0.5); event.preventDefault(); event.stopPropagation(); }
  });
  return { canvas, set(values) { pixels = Float32Array.from(values); show(); }, clear(value = 0) { pixels.fill(value); show(); }, get pixels() { return pixels; }, show };
}

// At most so many questions at once: the last one wins.
export function latest(ask) {
  let busy = false, next = null;
  return async function run(...given) {
    if (busy) { next = given; return; }
    busy = true;
    try { await ask(...given); } finally { busy = false; if (next) { const again = next; next = null; run(...again); } }
  };
}
