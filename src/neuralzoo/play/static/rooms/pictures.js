// A convolutional network: a pad to draw on, every feature map, and the vote.

import { curves, element, heat, say, variable } from "../draw.js";
import { bars, latest as latestOf, pad, panel, tiles } from "../parts.js";

export function open(room) {
  const ask = latestOf((pixels) => room.wire.ask("draw", { pixels }).then(see).catch(room.complain));
  const draw = pad(32, { label: "a digit", brush: 1.6, changed: (pixels) => ask(Array.from(pixels, (v) => Math.round(v * 100) / 100)) });
  const seen = element("canvas", { class: "pixel" }), first = tiles("map of the first layer", { size: "3.6rem" }), second = tiles("map of the second layer", { size: "3rem" }), pooled = tiles("map after pooling", { size: "2.4rem" }), filters = tiles("filter", { size: "2.4rem" });
  const shares = bars("the classes"), curve = element("canvas", { class: "curve" }), others = tiles("picture", { size: "2.6rem", click: (row) => room.wire.ask("row", { row }).then(see).catch(room.complain) });
  const answer = element("p", { class: "answer", "aria-live": "polite" });
  const drawing = panel("Draw a digit", element("div", { class: "two" }, element("div", { class: "pad-box" }, draw.canvas), element("div", {}, element("div", { class: "square small" }, seen), element("p", { class: "note" }, "as the network gets it"), element("div", { class: "buttons" }, element("button", { onclick: () => { draw.clear(); ask(Array.from(draw.pixels)); } }, "Clear")))));
  room.stage.append(drawing, panel("First layer", first.grid), panel("Second layer", second.grid), panel("After pooling", pooled.grid));
  room.side.append(panel("It reads", answer, shares.box), panel("Loss", curve, element("div", { class: "key" }, key("--blue", "training"), key("--orange", "validation"))), panel("Filters of the first layer", filters.grid), panel("Pictures it has not learned from", others.grid));
  let held = null;
  function scene(found) {
    held = found;
    drawing.querySelector(".pad-box").hidden = found.own;
    const { pictures } = found.arrays;
    others.draw(pictures, pictures.shape[0], pictures.shape[1], pictures.shape[2], { low: -1, high: 1 });
  }
  function see(found) {
    const { picture, first: a, second: b, pooled: c, shares: p } = found.arrays, best = p.indexOf(Math.max(...p));
    heat(seen, picture, picture.shape[0], picture.shape[1], { low: -1, high: 1 });
    for (const [to, maps] of [[first, a], [second, b], [pooled, c]]) to.draw(maps, maps.shape[0], maps.shape[1], maps.shape[2]);
    shares.draw(held.labels, p, best);
    answer.textContent = `${held.labels[best]}, ${(100 * p[best]).toFixed(0)} %`;
    document.body.dataset.answer = held.labels[best];
  }
  function frame(latest) {
    see(latest);
    const { curve: found, filters: f } = latest.arrays, take = (k) => Float32Array.from({ length: found.shape[0] }, (_, i) => found[3 * i + k]);
    filters.draw(f, f.shape[0], f.shape[1]);
    curves(curve, [{ x: take(0), y: take(2), ink: variable("--orange"), dashed: true }, { x: take(0), y: take(1), ink: variable("--blue") }]);
    room.readings([["epoch", latest.epoch.toFixed(1)], ["step", latest.step.toLocaleString("en")], ["training loss", say(latest.learned.loss, 4), "training"], ["validation loss", say(latest.validated.loss, 4), "validation"], ["validation right", `${(100 * latest.validated.accuracy).toFixed(1)} %`, "validation"]]);
    document.body.dataset.loss = latest.learned.loss; document.body.dataset.step = latest.step; document.body.dataset.right = latest.validated.accuracy;
  }
  return { scene, frame, picture: () => seen };
}
function key(ink, text) { const i = element("i"); i.style.background = `var(${ink})`; return element("span", {}, i, text); }
