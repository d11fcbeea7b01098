// One example on its way through the network and back: sums, activations, δ, gradients. The numbers are those of `inspect.trace`.

import { element, say } from "../draw.js";

export function inspector(room, view) {
  const body = element("div"), state = { example: null, at: null, trace: null, stage: null, timer: null };
  const buttons = element("div", { class: "buttons" });
  const panel = element("div", { class: "panel inspector" }, element("h2", {}, "One example, step by step"), buttons, body);
  const act = (name, run, kind = "") => element("button", { onclick: run, class: kind }, name);
  buttons.append(act("Forward and back ▸", () => animate(), "primary"), act("‹ Layer", () => move(-1)), act("Layer ›", () => move(1)), act("Another example", () => choose(((state.example ?? -1) + 1) % view.scene.learning)), act("Close", forget));
  hint();

  function hint() { body.replaceChildren(element("p", { class: "note" }, "Click a row of the data, a neuron or an edge: you see its sum, its activation, its δ and its gradient for one example.")); }
  function forget() { clearInterval(state.timer); Object.assign(state, { example: null, at: null, trace: null, stage: null }); hint(); mark(); }

  async function load() {
    state.example ??= 0;
    try { state.trace = await room.wire.ask("example", { row: state.example }); } catch (error) { room.complain(error); return false; }
    state.step = state.trace.step;
    return true;
  }
  async function choose(row) { state.example = row; if (await load()) { state.at ??= null; show(); if (view.frame) room.page.room.frame(view.frame); } }
  const still = () => { clearInterval(state.timer); state.stage = null; };
  async function neuron(layer, unit) { still(); state.at = { layer, unit }; if (await load()) show(); }
  async function edge(layer, from, to) { still(); state.at = { layer: layer + 1, unit: to, from }; if (await load()) show(); }

  // Layer k of the trace: sums, outputs, deltas, kernel gradients and changes, as arrays of the answer.
  const get = (name, layer) => state.trace.arrays[`${name}:${layer}`];
  const weight = (layer, from, to, name = "kernel") => { const array = get(name, layer); return array[from * array.shape[1] + to]; };

  function show() {
    mark();
    if (!state.trace) return;
    const trace = state.trace, label = trace.classes ? trace.labels[trace.target] ?? trace.target : say(trace.target);
    const said = trace.classes > 2 ? Array.from(get("output", trace.layers)).map((v) => say(v)).join(", ") : say(get("output", trace.layers)[0]);
    const head = element("p", { class: "sumup" }, `Example ${state.example + 1}: the target is ${label}, the network says ${said}; loss ${say(trace.loss, 4)}`);
    body.replaceChildren(head, ...(state.at ? detail(state.at) : [overview()]));
  }
  function overview() {
    const rows = [];
    for (let l = 1; l <= state.trace.layers; l++) {
      const size = (name) => Math.hypot(...get(name, l));
      rows.push(element("tr", {}, element("td", {}, `layer ${l}`), cell(size("sum")), cell(size("output")), cell(size("delta")), cell(size("gradient")), cell(size("change"))));
    }
    return numbers(["", "‖sum‖", "‖activation‖", "‖δ‖", "‖gradient‖", "‖update‖"], rows);
  }

  function detail({ layer, unit, from }) {
    if (layer === 0) return [element("p", { class: "sumup" }, `${view.scene.names[unit]} = ${say(get("output", 0)[unit], 4)}`), element("p", { class: "note" }, "An input: nothing is computed here.")];
    const before = get("output", layer - 1), sum = get("sum", layer)[unit], out = get("output", layer)[unit], delta = get("delta", layer)[unit], bias = get("bias", layer)[unit];
    const which = layer === state.trace.layers ? "output neuron" : `layer ${layer}, neuron`;
    const parts = [];
    if (from != null) parts.push(element("p", { class: "sumup", id: "edge-numbers" }, `Edge to ${which} ${unit + 1}: weight ${say(weight(layer, from, unit), 4)}; gradient = activation × δ = ${say(before[from], 4)} × ${say(delta, 4)} = `,
      element("b", { id: "edge-gradient", "data-value": weight(layer, from, unit, "gradient") }, say(weight(layer, from, unit, "gradient"), 5)), `; update ${say(weight(layer, from, unit, "change"), 5)}`));
    parts.push(element("p", { class: "sumup" }, `${which[0].toUpperCase()}${which.slice(1)} ${unit + 1}: sum ${say(sum, 4)} → ${view.scene.activations[layer - 1].replaceAll("_", " ")} → activation ${say(out, 4)};  δ = ${say(delta, 5)}`));
    const rows = Array.from(before, (x, i) => element("tr", { class: i === from ? "on" : "" }, element("td", {}, layer === 1 ? view.scene.names[i] : `neuron ${i + 1}`), cell(x), cell(weight(layer, i, unit)), cell(x * weight(layer, i, unit)), cell(weight(layer, i, unit, "gradient"), 5), cell(weight(layer, i, unit, "change"), 5))).slice(0, 40);
    rows.push(element("tr", {}, element("td", {}, "bias"), cell(1), cell(bias), cell(bias), cell(get("bias_gradient", layer)[unit], 5), cell(get("bias_change", layer)[unit], 5)));
    parts.push(numbers(["from", "activation", "weight", "product", "gradient", "update"], rows));
    return parts;
  }
  const cell = (value, digits = 3) => element("td", {}, say(value, digits));
  const numbers = (heads, rows) => element("table", { class: "numbers" }, element("thead", {}, element("tr", {}, ...heads.map((h) => element("th", {}, h)))), element("tbody", {}, ...rows));

  // -- the animation: stages 0…L forwards, then L…1 backwards -------------------------------------------------------------------
  async function animate() {
    clearInterval(state.timer);
    if (room.page.playing) room.play(false);
    if (!await load()) return;
    state.stage = -1; state.at = null; show();
    state.timer = setInterval(() => { if (!move(1)) clearInterval(state.timer); }, 900);
    move(1);
  }
  function move(by) {
    if (!state.trace) { load().then((there) => { if (there) { state.stage = 0; show(); } }); return true; }
    const last = 2 * state.trace.layers, next = (state.stage ?? -1) + by;
    if (next < 0 || next > last) return false;
    state.stage = next;
    show();
    return next < last;
  }
  // Which layer is lit, and whether on the way back.
  function lit() {
    if (state.stage == null || !state.trace || state.stage < 0) return null;
    const layers = state.trace.layers;
    return state.stage <= layers ? { layer: state.stage, back: false } : { layer: 2 * layers - state.stage + 1, back: true };
  }
  function mark() {
    const now = lit(), trace = state.trace;
    for (const n of view.neurons) {
      const chosen = state.at && state.at.layer === n.layer && state.at.unit === n.unit;
      const seen = now && trace && (now.back || n.layer <= now.layer);
      n.button.classList.toggle("on", Boolean(chosen));
      n.button.classList.toggle("lit", Boolean(now && n.layer === now.layer));
      const told = Boolean(seen || (trace && state.stage == null));
      n.value.hidden = !told;
      if (!told) continue;
      const delta = now?.back && n.layer >= now.layer && n.layer > 0;
      n.value.textContent = delta ? `δ ${say(get("delta", n.layer)[n.unit], 3)}` : say(get("output", n.layer)[n.unit], 2);
    }
    for (const e of view.edges) {
      const on = state.at && state.at.layer === e.layer + 1 && state.at.unit === e.to && (state.at.from == null || state.at.from === e.from);
      e.path.classList.toggle("on", Boolean(on || (now && now.layer === e.layer + 1)));
    }
  }
  // New numbers while it learns: a few times a second.
  let asking = false;
  function refresh() {
    if (state.example == null || !state.trace || asking || state.stage != null || state.step === view.frame.step) return;
    asking = true;
    load().then((there) => { if (there) show(); setTimeout(() => { asking = false; }, 300); });
  }
  return { panel, choose, neuron, edge, forget, mark, refresh, get example() { return state.example; } };
}
