// Kohonen's map: the rows, and the net of units over them.

import { column, variable } from "../draw.js";
import { curvePanel, dots, panel, plane } from "../parts.js";

export function open(room) {
  const map = plane("the rows, and the net of units over them"), curve = curvePanel("Distance to the nearest unit");
  room.stage.append(panel("Map", map.box));
  map.box.classList.add("large");
  room.side.append(curve.box, panel("How it learns", note("Each row pulls the unit nearest to it, and that unit's neighbours in the net, a little towards itself. Radius and rate shrink, so the net first unfolds and then settles.")));
  let held = null;
  function frame(latest) {
    const { units, hits, curve: found } = latest.arrays, to = map.begin(), { rows, edges } = held.arrays;
    dots(to, rows, rows.shape[0], { size: Math.max(1.5, to.width / 320), ink: variable("--muted") });
    const { context, x, y } = to;
    context.strokeStyle = variable("--blue"); context.lineWidth = Math.max(1.2, to.width / 380);
    context.beginPath();
    for (let i = 0; i < edges.shape[0]; i++) {
      const [a, b] = [edges[2 * i], edges[2 * i + 1]];
      context.moveTo(x(units[2 * a]), y(units[2 * a + 1])); context.lineTo(x(units[2 * b]), y(units[2 * b + 1]));
    }
    context.stroke();
    const most = Math.max(1, ...hits);
    dots(to, units, units.shape[0], { size: (i) => to.width / 220 * (0.9 + 1.4 * Math.sqrt(hits[i] / most)), ink: variable("--orange"), ring: variable("--panel") });
    if (found.shape[0]) curve.draw([{ x: column(found, 0), y: column(found, 1), ink: variable("--blue") }]);
    room.readings([["epoch", `${Math.floor(latest.epoch)} of ${held.epochs}`], ["step", latest.step.toLocaleString("en")], ["quantization error", latest.quantization], ["topographic error", latest.topographic]]);
    document.body.dataset.loss = latest.quantization; document.body.dataset.step = latest.step;
  }
  return { scene: (s) => { held = s; }, frame, picture: () => map.over };
}
function note(text) { const p = document.createElement("p"); p.className = "note"; p.textContent = text; return p; }
