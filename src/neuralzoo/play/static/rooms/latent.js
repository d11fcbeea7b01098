// The latent plane of an autoencoder: drag through it.

import { column, element, heat, variable } from "../draw.js";
import { curvePanel, dots, latest as latestOf, panel, plane, tiles } from "../parts.js";

const TEN = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d00", "#5d6978", "#7a3fb0", "#b00040"];

export function open(room) {
  const map = plane("the plane of codes", { low: -3, high: 3 }), picture = element("canvas", { class: "pixel" }), loss = curvePanel("Loss, nats a picture");
  const given = tiles("digit", { size: "2.4rem", click: (row) => room.wire.ask("row", { row }).then(frame).catch(room.complain) }), back = tiles("given back", { size: "2.4rem" });
  const key = element("div", { class: "key" }, ...TEN.map((ink, i) => { const dot = element("i", { class: "dot" }); dot.style.background = ink; return element("span", {}, dot, String(i)); }));
  map.box.classList.add("large", "drag"); map.box.tabIndex = 0;
  room.stage.append(panel("The plane: drag through it", map.box, key));
  room.side.append(panel("The picture at this place", element("div", { class: "square" }, picture)), loss.box, panel("Digits: click one to go to its place", given.grid), panel("Given back", back.grid));
  let held = null, last = null, at = [0, 0];
  const ask = latestOf((place) => room.wire.ask("place", { place }).then((found) => { at = Array.from(found.arrays.place); heat(picture, found.arrays.picture, 8, 8, { low: -1, high: 1 }); if (last) paint(last); }).catch(room.complain));
  const go = (event) => { const box = map.box.getBoundingClientRect(); ask([(event.clientX - box.left) / box.width * 6 - 3, 3 - (event.clientY - box.top) / box.height * 6]); };
  map.box.addEventListener("pointerdown", (event) => { map.box.setPointerCapture(event.pointerId); go(event); });
  map.box.addEventListener("pointermove", (event) => { if (event.buttons) go(event); });
  map.box.addEventListener("keydown", (event) => { const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key]; if (move) { event.preventDefault(); ask([at[0] + move[0], at[1] + move[1]]); } });
  function paint(latest) {
    const { tiles: t, codes } = latest.arrays, n = held.tiles, side = held.side, step = side + 1, wide = n * step, whole = new Float32Array(wide * wide); // a line of paper between tiles
    for (let k = 0; k < n * n; k++) for (let p = 0; p < side * side; p++) whole[(Math.floor(k / n) * step + Math.floor(p / side)) * wide + (k % n) * step + p % side] = t[k * side * side + p];
    heat(map.ground, whole, wide, wide, { low: -2, high: 2, soft: 0.7 });
    const to = map.begin();
    dots(to, codes, codes.shape[0], { size: Math.max(3, to.width / 130), of: (i) => TEN[held.arrays.classes[i]], ring: variable("--panel") });
    const { context, x, y } = to;
    context.lineWidth = 3; context.strokeStyle = variable("--ink"); context.beginPath(); context.arc(x(at[0]), y(at[1]), 10, 0, 7); context.stroke();
  }
  function frame(latest) {
    last = latest;
    at = Array.from(latest.arrays.place);
    paint(latest);
    const { picture: p, given: g, back: b, curve } = latest.arrays;
    heat(picture, p, 8, 8, { low: -1, high: 1 });
    given.draw(g, g.shape[0], 8, 8, { low: -1, high: 1 }); back.draw(b, b.shape[0], 8, 8, { low: -1, high: 1 });
    if (curve.shape[0]) loss.draw([{ x: column(curve, 0), y: column(curve, 1), ink: variable("--blue") }]);
    room.readings([["epoch", latest.epoch.toFixed(1)], ["step", latest.step.toLocaleString("en")], ["loss", latest.readings.loss ?? "–", "training"]]);
    document.body.dataset.loss = latest.readings.loss ?? ""; document.body.dataset.step = latest.step;
  }
  return { scene: (s) => { held = s; }, frame, picture: () => map.over };
}
