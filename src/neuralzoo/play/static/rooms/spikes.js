// A spiking network: a raster of the hidden neurons, the membranes of the classes, the digit.

import { column, css, curves, element, heat, sheet, variable } from "../draw.js";
import { bars, curvePanel, panel } from "../parts.js";

export function open(room) {
  const raster = element("canvas", { class: "curve", role: "img", "aria-label": "spikes of the hidden neurons over time" }), membranes = element("canvas", { class: "curve", role: "img", "aria-label": "membranes of the classes" });
  const digit = element("canvas", { class: "pixel" }), shares = bars("the classes"), loss = curvePanel("Loss");
  let row = 0;
  const another = element("button", { onclick: () => room.wire.ask("show", { row: row = (row + 1) % 397 }).then(frame).catch(room.complain) }, "Another digit");
  room.stage.append(panel("Spikes: a line for each hidden neuron, time to the right", raster), panel("Membranes of the ten classes", membranes));
  room.side.append(panel("It reads", element("div", { class: "two" }, element("div", { class: "square" }, digit), shares.box), element("div", { class: "buttons" }, another)), loss.box);
  function frame(latest) {
    const { spikes, membranes: m, shares: p, picture, curve } = latest.arrays, [neurons, steps] = spikes.shape;
    const { context, width, height } = sheet(raster, Math.min(420, Math.max(180, neurons * 6)));
    context.fillStyle = variable("--ink");
    const tall = height / neurons;
    for (let i = 0; i < neurons; i++) for (let t = 0; t < steps; t++) if (spikes[i * steps + t] > 0) context.fillRect((t + 0.35) / steps * width, i * tall, 2.5, Math.max(1.5, tall * 0.9));
    const times = Float32Array.from({ length: steps }, (_, t) => t), others = css([140, 150, 160], 0.55);
    const best = latest.answer, lines = Array.from({ length: m.shape[0] }, (_, k) => ({ x: times, y: m.subarray(k * steps, (k + 1) * steps), ink: k === best ? variable("--blue") : k === latest.target ? variable("--orange") : others }));
    const low = Math.min(...m), high = Math.max(...m);
    curves(membranes, lines.sort((a, b) => (a.ink === others ? -1 : 1) - (b.ink === others ? -1 : 1)), { height: 170, x: "steps, in mV", low, high: high + 1e-3 });
    heat(digit, picture, 8, 8, { low: -1, high: 1 });
    shares.draw([..."0123456789"], p, best);
    if (curve.shape[0]) loss.draw([{ x: column(curve, 0), y: column(curve, 1), ink: variable("--blue") }]);
    room.readings([["epoch", latest.epoch.toFixed(1)], ["loss", latest.readings.loss ?? "–", "training"], ["right, of 256 others", `${(100 * latest.right).toFixed(1)} %`, "validation"], ["firing at", `${latest.hertz.toFixed(0)} Hz`]]);
    document.body.dataset.loss = latest.readings.loss ?? ""; document.body.dataset.step = latest.step; document.body.dataset.right = latest.right;
  }
  return { scene() {}, frame, picture: () => raster };
}
