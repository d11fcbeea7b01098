// A neural Turing machine: the tape, the answers, and where the heads write and read.

import { column, element, heat, say, variable } from "../draw.js";
import { curvePanel, panel } from "../parts.js";

const ROWS = [["shown", "shown"], ["wanted", "wanted"], ["said", "told"], ["write", "writes to"], ["read", "reads from"]];

export function open(room) {
  const strips = element("div", { class: "strips" }), loss = curvePanel("Bits a sequence that are not known"), memory = element("canvas", { class: "pixel wide" }), canvases = {};
  for (const [name, said] of ROWS) {
    canvases[name] = element("canvas", { class: "pixel", role: "img", "aria-label": said });
    strips.append(element("span", { class: "strip-name" }, said), canvases[name]);
  }
  const another = element("button", { onclick: () => room.wire.ask("another").then(frame).catch(room.complain) }, "Other bits");
  room.stage.append(panel("Time runs to the right", strips, element("div", { class: "buttons" }, another)), panel("The memory at the end: a row for each slot", memory));
  room.side.append(loss.box, panel("How to read it", element("p", { class: "note" }, "The machine is shown a few vectors of bits, one in each step, and a mark; then it has to tell them again. When it has learned, the writing head walks through the slots while the vectors come in, and the reading head walks the same way while they are told.")));
  function frame(latest) {
    const a = latest.arrays;
    for (const [name] of ROWS) {
      const values = a[name];
      heat(canvases[name], name === "wanted" ? Float32Array.from(values, (v) => (v < 0 ? 0 : v)) : values, values.shape[0], values.shape[1], { low: -1, high: 1 });
      canvases[name].style.height = `${Math.max(2, Math.min(12, values.shape[0] * 1.1))}rem`;
    }
    heat(memory, a.memory, a.memory.shape[0], a.memory.shape[1], { low: -1, high: 1 });
    if (a.curve.shape[0]) loss.draw([{ x: column(a.curve, 0), y: column(a.curve, 1), ink: variable("--blue") }]);
    room.readings([["step", latest.step.toLocaleString("en")], ["bits a sequence", say(latest.readings.loss), "training"], ["wrong here", `${latest.wrong} of ${latest.asked}`, "validation"]]);
    document.body.dataset.loss = latest.readings.loss ?? ""; document.body.dataset.step = latest.step;
  }
  return { scene() {}, frame, picture: () => canvases.read };
}
