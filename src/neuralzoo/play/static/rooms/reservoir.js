// A reservoir: its units over time, the series it goes on with, its eigenvalues and what it forgets.

import { element, heat, say, sheet, variable } from "../draw.js";
import { curvePanel, dots, panel, plane } from "../parts.js";

export function open(room) {
  const line = element("canvas", { class: "curve", role: "img", "aria-label": "the series heard, the truth, and what the network says" }), states = element("canvas", { class: "pixel wide", role: "img", "aria-label": "units over time" });
  const circle = plane("eigenvalues of the reservoir", { low: -2.1, high: 2.1 }), forget = curvePanel("How far two starts stay apart");
  room.stage.append(panel("The series goes on by itself", line, element("div", { class: "key" }, key("--muted", "heard, and the truth"), key("--blue", "what the network says"))), panel("Twelve of the units over time", states));
  room.side.append(panel("Eigenvalues, and the unit circle", circle.box), forget.box);
  let held = null;
  function scene(found) {
    held = found;
    const { eigenvalues, forgetting } = found.arrays, to = circle.begin(), { context, x, y } = to;
    for (const [radius, ink, dash] of [[1, "--muted", []], [found.radius, "--orange", [4, 4]]]) {
      context.strokeStyle = variable(ink); context.setLineDash(dash); context.lineWidth = 1.5;
      context.beginPath(); context.arc(x(0), y(0), x(radius) - x(0), 0, 7); context.stroke();
    }
    context.setLineDash([]);
    dots(to, eigenvalues, eigenvalues.shape[0], { size: Math.max(2, to.width / 140), ink: variable("--blue") });
    forget.draw([{ x: Float32Array.from(forgetting, (_, i) => i), y: forgetting, ink: variable("--orange") }]);
  }
  function frame(latest) {
    const { own, truth, states: s } = latest.arrays, { heard } = held.arrays, { context, width, height } = sheet(line, 220);
    const all = heard.length + own.length, shown = 240, first = Math.max(0, all - shown), x = (i) => (i - first) / shown * width, y = (v) => height / 2 - Math.max(-2, Math.min(2, v)) * height / 3;
    context.strokeStyle = variable("--line"); context.lineWidth = 1; context.beginPath(); context.moveTo(0, y(0)); context.lineTo(width, y(0)); context.stroke();
    const trace = (values, begin, ink, wide) => { context.strokeStyle = variable(ink); context.lineWidth = wide; context.lineJoin = "round"; context.beginPath(); values.forEach((v, i) => (i ? context.lineTo(x(begin + i), y(v)) : context.moveTo(x(begin + i), y(v)))); context.stroke(); };
    trace(heard, 0, "--muted", 2); trace(truth, heard.length, "--muted", 2); trace(own, heard.length, "--blue", 2.5);
    context.setLineDash([3, 4]); context.strokeStyle = variable("--muted"); context.beginPath(); context.moveTo(x(heard.length), 0); context.lineTo(x(heard.length), height); context.stroke(); context.setLineDash([]);
    heat(states, s, s.shape[0], s.shape[1], { low: -1, high: 1 });
    room.readings([["steps on its own", String(latest.step)], ["root mean square error", latest.error, "training"], ["training loss", say(held.loss, 5)]]);
    document.body.dataset.step = latest.step; document.body.dataset.error = latest.error;
  }
  return { scene, frame, picture: () => line };
}
function key(ink, text) { const i = element("i"); i.style.background = `var(${ink})`; return element("span", {}, i, text); }
