// A support vector machine: the plane, the line, the margin, the rows that hold it.

import { css, heat, inks, say, variable } from "../draw.js";
import { curvePanel, panel, plane } from "../parts.js";

export function open(room) {
  const view = plane("two classes, the line and the margin between them", { low: -1.3, high: 1.3 });
  const width = curvePanel("Width of the margin over log C"), kept = curvePanel("Support vectors over log C");
  view.box.classList.add("large");
  room.stage.append(panel("Margin", view.box));
  room.side.append(width.box, kept.box);
  let held = null;
  function frame(latest) {
    const { surface, support, curve } = latest.arrays, side = held.side, to = view.begin(), { context, x, y } = to;
    heat(view.ground, surface, side, side, { low: -2.5, high: 2.5, soft: 0.55 });
    for (const [level, dash, wide] of [[0, [], 2.5], [1, [7, 5], 1.5], [-1, [7, 5], 1.5]]) contour(to, surface, side, level, dash, wide);
    const { points, y: classes } = held.arrays, colours = inks().classes, marked = new Set(support);
    for (let i = 0; i < classes.length; i++) {
      context.beginPath(); context.arc(x(points[2 * i]), y(points[2 * i + 1]), to.width / 110, 0, 7);
      context.fillStyle = css(colours[classes[i]]); context.fill(); context.lineWidth = 1; context.strokeStyle = variable("--panel"); context.stroke();
      if (marked.has(i)) { context.beginPath(); context.arc(x(points[2 * i]), y(points[2 * i + 1]), to.width / 62, 0, 7); context.lineWidth = 2; context.strokeStyle = variable("--ink"); context.stroke(); }
    }
    const take = (k) => Float32Array.from({ length: curve.shape[0] }, (_, i) => curve[3 * i + k]);
    width.draw([{ x: take(0), y: take(1), ink: variable("--blue") }], { x: "" });
    kept.draw([{ x: take(0), y: take(2), ink: variable("--orange") }], { x: "" });
    room.form.show({ c: latest.c });
    room.page.state.c = latest.c;
    room.readings([["C", Number((10 ** latest.c).toPrecision(3)).toLocaleString("en")], ["margin", latest.margin, "training"], ["support vectors", String(latest.kept), "validation"], ["right", `${(100 * latest.accuracy).toFixed(1)} %`], ["duality gap", say(latest.gap)]]);
    document.body.dataset.margin = latest.margin; document.body.dataset.step = latest.c;
  }
  return { scene: (s) => { held = s; }, frame, picture: () => view.over };
}

// Marching squares: the line where the surface has a level.
function contour({ context, width }, values, side, level, dash, wide) {
  const cell = width / (side - 1);
  context.setLineDash(dash); context.lineWidth = wide; context.strokeStyle = variable("--ink"); context.beginPath();
  for (let j = 0; j + 1 < side; j++) for (let i = 0; i + 1 < side; i++) {
    const corners = [values[j * side + i], values[j * side + i + 1], values[(j + 1) * side + i + 1], values[(j + 1) * side + i]].map((v) => v - level);
    const places = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], hits = [];
    for (let k = 0; k < 4; k++) {
      const a = corners[k], b = corners[(k + 1) % 4];
      if ((a < 0) === (b < 0)) continue;
      const t = a / (a - b), [p, q] = [places[k], places[(k + 1) % 4]];
      hits.push([(p[0] + t * (q[0] - p[0])) * cell, (p[1] + t * (q[1] - p[1])) * cell]);
    }
    for (let k = 0; k + 1 < hits.length; k += 2) { context.moveTo(...hits[k]); context.lineTo(...hits[k + 1]); }
  }
  context.stroke(); context.setLineDash([]);
}
