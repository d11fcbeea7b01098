// Canvases: one diverging palette for values and weights, heat maps, curves. Blue is positive, orange negative (Okabe and Ito's),
// so they stay apart for every kind of colour vision; the middle is the paper.

const INKS = {
  light: { negative: [213, 94, 0], middle: [250, 249, 246], positive: [0, 114, 178], classes: [[213, 94, 0], [0, 114, 178], [0, 158, 115], [168, 85, 138], [93, 105, 120]] },
  dark: { negative: [240, 136, 62], middle: [26, 32, 41], positive: [86, 180, 233], classes: [[240, 136, 62], [86, 180, 233], [46, 196, 150], [214, 130, 186], [154, 167, 181]] },
};

export const dark = () => document.documentElement.dataset.theme === "dark";
export const inks = () => INKS[dark() ? "dark" : "light"];
export const css = ([r, g, b], a = 1) => `rgb(${r} ${g} ${b} / ${a})`;
export const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The colour of a value from -1 to 1.
export function diverging(value) {
  const { negative, middle, positive } = inks();
  const end = value < 0 ? negative : positive, share = Math.min(1, Math.abs(value)) ** 0.85;
  return middle.map((m, i) => Math.round(m + (end[i] - m) * share));
}

const tables = {};
function table() { // 256 colours from -1 to 1
  const key = dark() ? "dark" : "light";
  return tables[key] ??= Array.from({ length: 256 }, (_, i) => diverging((i - 127.5) / 127.5));
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A number as people read it; NaN is said as such.
export function say(value, digits = 3) {
  if (typeof value === "string") return value;
  if (value == null) return "–";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 10 ** -digits || size >= 1e6) ? value.toExponential(Math.max(1, digits - 1)) : value.toFixed(size >= 100 ? Math.max(0, digits - 2) : digits);
  return text.replace("-", "−");
}

// Fill a canvas with `height` × `width` values; its pixels are the values', the page scales them. `soft` < 1 keeps off the strongest inks.
export function heat(canvas, values, height, width, { low = -1, high = 1, soft = 1 } = {}) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height), pixels = image.data, colours = table();
  const scale = 255 / (high - low || 1), shift = 127.5 * (1 - soft);
  for (let i = 0, p = 0; i < height * width; i++, p += 4) {
    const value = Math.max(0, Math.min(255, (values[i] - low) * scale)) * soft + shift;
    if (Number.isNaN(value)) { const mark = ((i % width) + Math.floor(i / width)) % 4 < 2 ? 90 : 150; pixels[p] = pixels[p + 1] = pixels[p + 2] = mark; }
    else { const c = colours[Math.round(value)]; pixels[p] = c[0]; pixels[p + 1] = c[1]; pixels[p + 2] = c[2]; }
    pixels[p + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

// The plane coloured by the likeliest of several classes, paler where it is less sure. `shares` is `(classes, side, side)`.
export function classes(canvas, shares, count, side) {
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d"), image = context.createImageData(side, side), { middle, classes: colours } = inks();
  for (let i = 0; i < side * side; i++) {
    let best = 0;
    for (let k = 1; k < count; k++) if (shares[k * side * side + i] > shares[best * side * side + i]) best = k;
    const sure = Math.max(0, (shares[best * side * side + i] - 1 / count) / (1 - 1 / count));
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = middle[c] + (colours[best % colours.length][c] - middle[c]) * sure * 0.85;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

// A canvas as sharp as the screen, its context in units of the page, cleared.
export function sheet(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth || 300;
  const tall = height ?? canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(tall * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(tall * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, tall);
  return { context, width, height: tall };
}

// Curves over one axis: `lines` are {name, ink, x, y, dashed}; the axis of y begins at 0 unless values lie below.
export function curves(canvas, lines, { height = 150, low = null, high = null, x = "steps" } = {}) {
  const { context, width } = sheet(canvas, height), bottom = 20, top = 8, right = 10;
  const ink = variable("--ink"), muted = variable("--muted"), rule = variable("--line");
  const finite = lines.flatMap((line) => Array.from(line.y)).filter(Number.isFinite);
  if (!finite.length) return;
  const sorted = finite.slice().sort((a, b) => a - b);
  const least = low ?? Math.min(0, sorted[0]), most = high ?? Math.max(sorted[Math.floor((sorted.length - 1) * 0.995)] * 1.05, least + 1e-6);
  context.font = `11px ${variable("--font")}`;
  const ticks = [0, 0.5, 1].map((share) => least + share * (most - least)), told = ticks.map((v) => say(v, most - least < 10 ? 2 : 0));
  const left = 12 + Math.max(...told.map((text) => context.measureText(text).width));
  const far = Math.max(1, ...lines.map((line) => line.x[line.x.length - 1] ?? 0));
  const near = Math.min(...lines.map((line) => line.x[0] ?? 0), far);
  const px = (v) => left + (v - near) / (far - near || 1) * (width - left - right);
  const py = (v) => top + (1 - (v - least) / (most - least)) * (height - top - bottom);
  context.lineWidth = 1;
  context.textBaseline = "middle";
  for (const [k, v] of ticks.entries()) {
    const at = Math.round(py(v)) + 0.5;
    context.strokeStyle = rule;
    context.beginPath(); context.moveTo(left, at); context.lineTo(width - right, at); context.stroke();
    context.fillStyle = muted; context.textAlign = "right"; context.fillText(told[k], left - 6, at);
  }
  context.textAlign = "right"; if (x) context.fillText(`${Math.round(far).toLocaleString("en")} ${x}`, width - right, height - 7);
  for (const line of lines) {
    context.strokeStyle = line.ink || ink; context.lineWidth = 2; context.lineJoin = "round";
    context.setLineDash(line.dashed ? [5, 4] : []);
    context.beginPath();
    let pen = false;
    for (let i = 0; i < line.y.length; i++) {
      if (!Number.isFinite(line.y[i])) { pen = false; continue; }
      const a = px(line.x[i]), b = Math.max(top - 4, Math.min(height - bottom, py(line.y[i])));
      pen ? context.lineTo(a, b) : context.moveTo(a, b);
      pen = true;
    }
    context.stroke();
  }
  context.setLineDash([]);
}

// Columns `indices` of a `(rows, columns)` array.
export function column(array, index) {
  const [rows, columns] = array.shape;
  return Float32Array.from({ length: rows }, (_, i) => array[i * columns + index]);
}
