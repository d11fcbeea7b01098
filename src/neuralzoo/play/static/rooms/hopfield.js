// Hopfield: a pattern to draw on, the stored ones, and the energy.

import { column, element, heat, say, variable } from "../draw.js";
import { bars, curvePanel, pad, panel, symmetric, tiles } from "../parts.js";

export function open(room) {
  const ask = (what, given) => room.wire.ask(what, given).then((found) => { if (found.kind === "frame") frame(found); }).catch(room.complain);
  const draw = pad(12, { label: "pattern", levels: false, brush: 0.75, changed: (pixels) => ask("draw", { pixels: Array.from(pixels) }) });
  const stored = tiles("stored pattern", { size: "5.5rem", click: (i) => { ask("recall_from", { pattern: i }); room.play(true); } });
  const energy = curvePanel("Energy"), weights = element("canvas", { class: "pixel" }), like = bars("how like each stored pattern");
  const buttons = element("div", { class: "buttons" }, button("Spoil it", () => ask("spoil")), button("Clear", () => { draw.clear(-1); ask("draw", { pixels: Array.from(draw.pixels) }); }), button("Store what is drawn", () => room.wire.ask("store").then((s) => { room.page.scene = s; scene(s); room.wire.say({ do: "drawn" }); }).catch(room.complain)));
  const both = element("div", { class: "columns" }, panel("State: draw on it", element("div", { class: "pad-box" }, draw.canvas), buttons), panel("Stored: click one to see it spoilt and recalled", stored.grid));
  room.stage.append(both);
  room.side.append(energy.box, panel("Overlap with the stored ones", like.box), panel("Weights", element("div", { class: "square" }, weights)));
  let held = null;
  function scene(found) {
    held = found;
    const { patterns, weights: w } = found.arrays;
    stored.draw(patterns, patterns.shape[0], found.side, found.side, { low: -1, high: 1 });
    heat(weights, w, w.shape[0], w.shape[1], symmetric(w));
  }
  function frame(latest) {
    draw.set(latest.arrays.state);
    const { curve, overlaps } = latest.arrays;
    energy.draw([{ x: column(curve, 0), y: column(curve, 1), ink: variable("--blue") }], { low: Math.min(...column(curve, 1)) - 1, high: Math.max(...column(curve, 1)) + 1, x: "steps" });
    const best = overlaps.indexOf(Math.max(...overlaps));
    stored.mark(best);
    like.draw(Array.from(overlaps, (_, i) => `pattern ${i + 1}`), overlaps, best);
    room.readings([["energy", say(latest.energy, 2), "training"], ["patterns", String(overlaps.length)], [held?.rule === "hebb" ? "Hebb's rule holds about" : "the projection holds up to", held ? String(held.rule === "hebb" ? Math.floor(held.capacity) : 144) : ""], ["state", latest.at_rest ? "at rest" : "moving"]]);
    document.body.dataset.loss = latest.energy; document.body.dataset.step = latest.step; document.body.dataset.rest = latest.at_rest;
  }
  return { scene, frame, picture: () => draw.canvas };
}
const button = (name, act) => element("button", { onclick: act }, name);
