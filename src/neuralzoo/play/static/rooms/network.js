// The room of networks: neurons with their heat maps, weights as edges, the surface and the curves; inspect.js shows one example.

import { classes, css, curves, diverging, element, heat, inks, say, sheet, svg, variable } from "../draw.js";
import { inspector } from "./inspect.js";

const RANGES = { tanh: [-1, 1], sigmoid: [0, 1], softmax: [0, 1] };

export function open(room) {
  const net = element("div", { class: "net-inner" }), surface = element("canvas", { class: "pixel" }), over = element("canvas", { role: "img", "aria-label": "rows on the plane, the network's output behind them" });
  const curve = element("canvas", { class: "curve" }), square = element("div", { class: "square", tabindex: 0 }, surface, over);
  const shades = element("canvas", { class: "shades" }), low = element("span"), high = element("span"), title = element("small");
  const view = { edges: [], neurons: [], scene: null, frame: null, layout: null };
  const look = inspector(room, view);
  const wide = element("div", { class: "net" }, net);
  room.stage.append(element("div", { class: "panel" }, element("h2", {}, "Network", title), wide), look.panel);
  room.side.append(
    element("div", { class: "panel" }, element("h2", {}, "Output"), square, element("div", { class: "scale" }, low, shades, high), key()),
    element("div", { class: "panel" }, element("h2", {}, "Loss"), curve, element("div", { class: "key" }, mark("--blue", "training"), mark("--orange", "validation", true))));

  square.addEventListener("click", (event) => look.choose(nearest(event)));
  square.addEventListener("keydown", (event) => {
    const turn = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (turn) { event.preventDefault(); look.choose((Math.max(0, look.example ?? 0) + turn + view.scene.learning) % view.scene.learning); }
  });

  function nearest(event) {
    const box = square.getBoundingClientRect(), { points, frame } = view.scene.arrays;
    const x = frame[0] + (event.clientX - box.left) / box.width * (frame[2] - frame[0]), y = frame[3] - (event.clientY - box.top) / box.height * (frame[3] - frame[1]);
    const near = { row: 0, far: Infinity }, w = frame[2] - frame[0], h = frame[3] - frame[1];
    for (let i = 0; i < view.scene.learning; i++) {
      const far = ((points[2 * i] - x) / w) ** 2 + ((points[2 * i + 1] - y) / h) ** 2;
      if (far < near.far) Object.assign(near, { row: i, far });
    }
    return near.row;
  }

  function scene(frame, again = false) {
    view.scene = frame;
    view.layout = null;
    const own = frame.own;
    room.form.hide(own ? ["noise", "rows", "inputs"] : ["across", "up"]);
    for (const [name, i] of [["across", 0], ["up", 1]]) axis(name, i, frame.names);
    title.textContent = `${frame.sizes.join("–")}, ${frame.parameters.toLocaleString("en")} weights`;
    if (!again) look.forget();
  }

  // A table of one's own: its columns by name instead of by number.
  function axis(name, i, names) {
    const row = room.form.row(name), select = element("select", { "aria-label": name, onchange: () => room.set(name, select.selectedIndex) }, ...names.map((n) => element("option", {}, n)));
    row.querySelector("select")?.remove();
    row.querySelector("input").hidden = true; row.querySelector("output")?.remove();
    select.selectedIndex = Math.min(room.page.state[name], names.length - 1);
    row.append(select);
  }

  function frame(latest) {
    view.frame = latest;
    const at = JSON.stringify([latest.shown, wide.clientWidth, view.scene.sizes]);
    if (view.layout !== at) { layout(latest); view.layout = at; }
    paint(latest);
    plane(latest);
    losses(latest);
    look.refresh();
  }

  function losses(latest) {
    const { curve: held } = latest.arrays, take = (k) => Float32Array.from({ length: held.shape[0] }, (_, i) => held[3 * i + k]);
    const steps = take(0);
    curves(curve, [{ x: steps, y: take(2), ink: variable("--orange"), dashed: true }, { x: steps, y: take(1), ink: variable("--blue") }]);
    const name = view.scene.classes ? "accuracy" : "mae", said = view.scene.classes ? "right" : "mean error";
    const show = (v) => (typeof v === "number" && view.scene.classes ? `${(100 * v).toFixed(1)} %` : say(v));
    room.readings([["epoch", Math.floor(latest.epoch).toLocaleString("en")], ["step", latest.step.toLocaleString("en")], ["training loss", say(latest.learned.loss, 4), "training"], ["validation loss", say(latest.validated.loss, 4), "validation"],
      [`training ${said}`, show(latest.learned[name]), "training"], [`validation ${said}`, show(latest.validated[name]), "validation"], ["steps/s", Math.round(latest.rate).toLocaleString("en")]]);
    document.body.dataset.loss = latest.learned.loss; document.body.dataset.step = latest.step;
  }

  // -- the plane --------------------------------------------------------------------------------------------------------
  function plane(latest) {
    const map = latest.arrays.surface, side = map.shape[1], count = view.scene.classes;
    if (count > 2) classes(surface, map, count, side);
    else heat(surface, map, side, side, { ...range(), soft: 0.66 });
    const [a, b] = count ? [0, 1] : [range().low, range().high];
    low.textContent = count === 2 ? view.scene.labels[0] || "0" : count ? "" : say(a, 1); high.textContent = count === 2 ? view.scene.labels[1] || "1" : count ? "" : say(b, 1);
    shades.parentElement.hidden = count > 2;
    heat(shades, Float32Array.from({ length: 64 }, (_, i) => i / 63), 1, 64, { low: 0, high: 1, soft: 0.66 });
    const { context, width, height } = sheet(over), { points, y, frame: box } = view.scene.arrays, span = range();
    const x = (v) => (v - box[0]) / (box[2] - box[0]) * width, up = (v) => (box[3] - v) / (box[3] - box[1]) * height;
    const colours = inks().classes, size = Math.max(2.2, width / 120), ink = variable("--ink"), paper = variable("--paper");
    for (let i = y.length - 1; i >= 0; i--) {
      const learning = i < view.scene.learning;
      const ground = count ? css(colours[y[i] % colours.length]) : css(diverging(2 * (y[i] - span.low) / (span.high - span.low) - 1));
      context.beginPath();
      context.arc(x(points[2 * i]), up(points[2 * i + 1]), learning ? size : size * 0.8, 0, 7);
      context.fillStyle = learning ? ground : paper; context.fill();
      context.lineWidth = learning ? 1 : 1.4; context.strokeStyle = learning ? (count ? paper : ink) : ground; context.stroke();
    }
    if (look.example != null) {
      context.beginPath(); context.arc(x(points[2 * look.example]), up(points[2 * look.example + 1]), size + 5, 0, 7);
      context.lineWidth = 3; context.strokeStyle = ink; context.stroke();
    }
  }
  function range() {
    if (view.scene.classes) return { low: 0, high: 1 };
    const most = view.scene.most ??= Math.max(1e-6, ...Array.from(view.scene.arrays.y, Math.abs));
    return { low: -most, high: most };
  }

  // -- the network -------------------------------------------------------------------------------------------------------
  function layout(latest) {
    const { sizes, names } = view.scene, columns = sizes.length, longest = Math.max(...names.map((n) => n.length)), labels = Math.min(6.6, 0.9 + 0.62 * longest) * rem();
    const least = columns > 12 || wide.clientWidth < 500 ? 60 : 84, width = Math.max(wide.clientWidth - 4, labels + columns * least);
    const most = Math.max(...latest.shown.map(([, n]) => n)), size = Math.max(26, Math.min(46, (width - labels) / columns * 0.5)), gap = Math.max(12, Math.min(26, 330 / most - size));
    const top = 4.4 * rem(), height = top + most * (size + gap) + 1.6 * rem();
    net.style.width = `${width}px`; net.style.height = `${height}px`;
    const across = (l) => labels + (width - labels - size - 16) * (columns === 1 ? 0 : l / (columns - 1));
    const down = (l, i) => top + (most * (size + gap) - latest.shown[l][1] * (size + gap)) / 2 + i * (size + gap);
    const lines = svg("svg", { width, height, "aria-hidden": "true" });
    view.edges = []; view.neurons = [];
    const heads = sizes.map((units, l) => head(l, units, across(l) + size / 2, latest.shown[l]));
    let unitCount = 0, edgeCount = 0;
    for (let l = 0; l < columns; l++) for (let i = 0; i < latest.shown[l][1]; i++) view.neurons.push(neuron(l, i, latest.shown[l][0] + i, across(l), down(l, i), size, names)), unitCount++;
    for (let l = 0; l + 1 < columns; l++) edgeCount += latest.shown[l][1] * latest.shown[l + 1][1];
    for (let l = 0; l + 1 < columns; l++) for (let i = 0; i < latest.shown[l][1]; i++) for (let j = 0; j < latest.shown[l + 1][1]; j++) {
      const x = across(l) + size, y = down(l, i) + size / 2, x2 = across(l + 1), y2 = down(l + 1, j) + size / 2, middle = (x + x2) / 2;
      const d = `M${x} ${y}C${middle} ${y} ${middle} ${y2} ${x2} ${y2}`;
      const path = svg("path", { d }), from = latest.shown[l][0] + i, to = latest.shown[l + 1][0] + j;
      if (edgeCount <= 700) {
        const hit = svg("path", { d, class: "hit", "data-edge": `${l}:${from}:${to}` });
        hit.addEventListener("click", () => look.edge(l, from, to));
        lines.append(hit);
      }
      lines.append(path);
      view.edges.push({ path, layer: l, from, to });
    }
    net.replaceChildren(lines, ...heads, ...view.neurons.map((n) => n.button));
    look.mark();
  }
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  function neuron(layer, place, unit, x, y, size, names) {
    const canvas = element("canvas", { class: "pixel" }), value = element("span", { class: "value", hidden: true });
    const name = layer === 0 ? names[unit] : `layer ${layer}, neuron ${unit + 1}`;
    const button = element("button", { class: "neuron", "data-neuron": `${layer}:${unit}`, "aria-label": name, title: name, onclick: () => look.neuron(layer, unit) }, canvas, value);
    if (layer === 0) button.append(element("span", { class: "tag" }, name));
    Object.assign(button.style, { left: `${x}px`, top: `${y}px`, width: `${size}px`, height: `${size}px` });
    return { button, canvas, value, layer, unit };
  }

  function head(layer, units, x, [first, shown]) {
    const last = view.scene.sizes.length - 1, hidden = layer > 0 && layer < last;
    const box = element("div", { class: "layer-head" }, layer === 0 ? "inputs" : layer === last ? "output" : element("b", {}, String(units)));
    if (hidden) {
      const sizes = room.page.state.layers, change = (by) => room.set("layers", sizes.map((n, i) => (i === layer - 1 ? Math.max(1, n + by) : n)));
      box.append(element("div", { class: "pair" }, small("−", `one neuron less in layer ${layer}`, () => change(-1)), small("+", `one neuron more in layer ${layer}`, () => change(1))));
    }
    if (layer === last) box.append(element("div", { class: "pair" }, small("−", "one layer less", () => room.set("layers", room.page.state.layers.slice(0, -1))), small("+", "one layer more", () => room.set("layers", [...room.page.state.layers, room.page.state.layers.at(-1) ?? 4]))));
    if (units > shown) box.append(element("div", { class: "pair" }, small("▲", "earlier neurons", () => move(layer, -shown)), small("▼", "later neurons", () => move(layer, shown))), element("div", {}, `${first + 1}–${first + shown}`));
    if (layer === last) box.firstChild.textContent = "output";
    Object.assign(box.style, { left: `${x}px`, top: "0" });
    return box;
  }
  const small = (sign, name, act) => element("button", { "aria-label": name, title: name, onclick: act }, sign);
  const move = (layer, by) => room.wire.ask("window", { layer, by }).catch(room.complain);

  function paint(latest) {
    const { heat: maps, weights } = latest.arrays, side = latest.side, { activations } = view.scene;
    view.neurons.forEach((n, k) => {
      const map = maps.subarray(k * side * side, (k + 1) * side * side);
      let [low, high] = RANGES[n.layer ? activations[n.layer - 1] : ""] ?? [0, 0];
      if (low === high) { let most = 1; if (view.scene.own || n.layer) for (const v of map) if (Math.abs(v) > most) most = Math.abs(v); [low, high] = [-most, most]; }
      heat(n.canvas, map, side, side, { low, high });
    });
    const sizes = Array.from(weights, Math.abs).sort((a, b) => a - b), most = Math.max(1, sizes[Math.floor(sizes.length * 0.97)] || 1);
    const { negative, positive } = inks(), ends = [css(negative), css(positive)];
    view.edges.forEach((edge, k) => {
      const w = weights[k], share = Math.min(1, Math.abs(w) / most);
      edge.weight = w;
      edge.path.setAttribute("stroke-width", Number.isFinite(w) ? (0.4 + 6.6 * share).toFixed(2) : 1);
      edge.path.setAttribute("stroke", Number.isFinite(w) ? ends[w < 0 ? 0 : 1] : variable("--muted"));
      edge.path.setAttribute("stroke-opacity", (0.18 + 0.72 * share).toFixed(2));
    });
  }

  // -- the whole as one picture --------------------------------------------------------------------------------------------
  function picture() {
    const ratio = 2, width = net.offsetWidth + square.offsetWidth + 30, height = Math.max(net.offsetHeight, square.offsetHeight);
    const canvas = element("canvas", { width: width * ratio, height: height * ratio }), context = canvas.getContext("2d");
    context.scale(ratio, ratio); context.fillStyle = variable("--panel"); context.fillRect(0, 0, width, height); context.imageSmoothingEnabled = false;
    for (const { path } of view.edges) {
      context.strokeStyle = path.getAttribute("stroke"); context.globalAlpha = path.getAttribute("stroke-opacity"); context.lineWidth = path.getAttribute("stroke-width");
      context.stroke(new Path2D(path.getAttribute("d")));
    }
    context.globalAlpha = 1;
    for (const { canvas: map, button } of view.neurons) context.drawImage(map, button.offsetLeft, button.offsetTop, button.offsetWidth, button.offsetHeight);
    for (const layer of [surface, over]) context.drawImage(layer, net.offsetWidth + 20, 10, square.offsetWidth, square.offsetHeight);
    return canvas;
  }

  const exports = [["Rows (.npz)", () => room.wire.ask("rows", {}).catch(room.complain)]];
  const remedies = (error) => (error.name === "NotFiniteError" ? [["Learning rate ÷ 10, and begin anew", () => { slower(); room.wire.say({ do: "reset" }); }]] : []);
  function slower() {
    const { options } = room.page.about.settings.find((s) => s.name === "rate");
    room.set("rate", options.findLast((r) => r <= room.page.state.rate / 9) ?? options[0]);
  }
  return { scene, frame, picture, exports, remedies };
}

const mark = (name, text, dashed) => element("span", {}, swatch(name, dashed), text);
function swatch(name) { const i = element("i"); i.style.background = `var(${name})`; return i; }
const key = () => element("div", { class: "key" }, element("span", {}, "● learned from"), element("span", {}, "○ validation"), element("span", {}, "click a row to look inside"));
