// A Markov chain of letters: what it writes, what may come next, and the matrix of pairs.

import { element, heat, say } from "../draw.js";
import { bars, panel } from "../parts.js";

const visible = (sign) => (sign === " " ? "␣" : sign === "\n" ? "⏎" : sign);

export function open(room) {
  const text = element("p", { class: "written", "aria-live": "off" }), next = bars("the likeliest next letters");
  const begin = element("input", { type: "text", maxlength: 60, "aria-label": "begin with", placeholder: "begin with…", onchange: () => room.wire.ask("begin_with", { words: begin.value }).then(frame).catch(room.complain) });
  const matrix = element("canvas", { class: "pixel", role: "img", "aria-label": "which letter follows which" }), names = element("div", { class: "matrix-names" }), left = element("div", { class: "matrix-left" });
  room.stage.append(panel("It writes", text, element("div", { class: "buttons" }, begin)), panel("Which letter follows which (rows: before; columns: after)", element("div", { class: "matrix" }, left, element("div", { class: "square" }, matrix), element("span"), names)));
  const side = panel("What may come next", next.box);
  room.side.append(side);
  function scene(found) {
    const { matrix: m } = found.arrays;
    heat(matrix, m, m.shape[0], m.shape[1], { low: -0.6, high: 0.6 });
    for (const box of [names, left]) { box.replaceChildren(...found.symbols.map((s) => element("span", {}, visible(s)))); }
  }
  function frame(latest) {
    const cut = latest.written.length - latest.context.length;
    text.replaceChildren(latest.written.slice(0, cut), element("mark", {}, latest.context), element("span", { class: "caret" }));
    next.draw(latest.next.map(visible), latest.arrays.p, 0);
    side.querySelector("h2").textContent = latest.context ? `After “${[...latest.context].map(visible).join("")}”` : "What may come next";
    room.readings([["letters written", latest.step.toLocaleString("en")], ["different letters", String(latest.symbols)], ["nats a letter", say(-latest.score), "training"]]);
    document.body.dataset.written = latest.written.length; document.body.dataset.step = latest.step;
  }
  return { scene, frame, picture: () => matrix };
}
