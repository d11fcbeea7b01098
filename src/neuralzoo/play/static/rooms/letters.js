// A recurrent network over letters: its state and gates at each letter, the guesses, and what it writes.

import { column, element, heat, say, variable } from "../draw.js";
import { curvePanel, panel, symmetric } from "../parts.js";

const visible = (sign) => (sign === " " ? "␣" : sign === "\n" ? "⏎" : sign);

export function open(room) {
  const strips = element("div", { class: "strips" }), sample = element("p", { class: "written" }), loss = curvePanel("Loss, nats a letter");
  const words = element("input", { type: "text", maxlength: 40, "aria-label": "letters to read", onchange: () => room.wire.ask("read", { words: words.value }).then(frame).catch(room.complain) });
  room.stage.append(panel("Unrolled: one column for each letter", element("div", { class: "buttons" }, element("label", {}, "It reads ", words)), strips), panel("It writes", sample));
  room.side.append(loss.box, panel("How to read it", element("p", { class: "note" }, "Each column is one step of time, each row a unit; blue is positive, orange negative. A gate near 1 is open: the cell state of an LSTM passes on what its forget gate lets through, and takes in what its input gate admits. Below each letter stands the guess for the next one.")));
  function frame(latest) {
    if (document.activeElement !== words) words.value = latest.words;
    sample.textContent = latest.sample;
    const letters = [...latest.words], guesses = [...latest.guesses];
    const row = (cells, kind) => { const box = element("div", { class: `strip-letters ${kind}` }, ...cells.map((c) => element("span", { class: c.right ? "right" : "" }, c.text))); return box; };
    strips.replaceChildren(...latest.inside.flatMap((name) => {
      const values = latest.arrays[name], [steps, units] = values.shape, turned = new Float32Array(steps * units);
      for (let t = 0; t < steps; t++) for (let u = 0; u < units; u++) turned[u * steps + t] = values[t * units + u];
      const canvas = element("canvas", { class: "pixel" }), gate = values.every((v) => v >= 0 && v <= 1);
      heat(canvas, turned, units, steps, { ...(gate ? { low: 0, high: 1 } : symmetric(turned)), soft: 0.8 });
      return [element("span", { class: "strip-name" }, name), canvas];
    }), element("span", { class: "strip-name" }, "reads"), row(letters.map((c) => ({ text: visible(c) })), "read"), element("span", { class: "strip-name" }, "guesses"), row(guesses.map((c, t) => ({ text: visible(c), right: c === letters[t + 1] })), "guess"));
    const { curve } = latest.arrays;
    if (curve.shape[0]) loss.draw([{ x: column(curve, 0), y: column(curve, 1), ink: variable("--blue") }]);
    room.readings([["epoch", latest.epoch.toFixed(1)], ["step", latest.step.toLocaleString("en")], ["nats a letter", say(latest.readings.loss), "training"]]);
    document.body.dataset.loss = latest.readings.loss ?? ""; document.body.dataset.step = latest.step;
  }
  return { scene() {}, frame, picture: () => strips.querySelector("canvas") };
}
