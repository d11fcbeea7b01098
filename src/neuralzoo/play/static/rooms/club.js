// The karate club: members, friendships, and what the network says of each.

import { column, css, element, inks, say, svg, variable } from "../draw.js";
import { curvePanel, dots, panel, plane } from "../parts.js";

export function open(room) {
  const box = element("div", { class: "square large" }), loss = curvePanel("Loss"), codes = plane("what the network makes of each member", { low: -1.2, high: 1.2 });
  room.stage.append(panel("Click a member: whose club is known?", box, element("div", { class: "key" }, element("span", {}, "filled: what the network says; ring: where they went; square: told"))));
  room.side.append(loss.box, panel("Hidden units 1 and 2", codes.box));
  let held = null, nodes = [], edges = [];
  function scene(found) {
    held = found;
    const { places, edges: pairs, y } = found.arrays, low = [Infinity, Infinity], high = [-Infinity, -Infinity];
    places.forEach((v, i) => { low[i % 2] = Math.min(low[i % 2], v); high[i % 2] = Math.max(high[i % 2], v); });
    const at = (i) => [0, 1].map((k) => 6 + 88 * (places[2 * i + k] - low[k]) / (high[k] - low[k] || 1));
    const drawing = svg("svg", { viewBox: "0 0 100 100", class: "club", role: "group", "aria-label": "members and friendships" }), colours = inks().classes;
    edges = Array.from({ length: pairs.shape[0] }, (_, e) => { const [x1, y1] = at(pairs[2 * e]), [x2, y2] = at(pairs[2 * e + 1]); return svg("line", { x1, y1, x2, y2, stroke: variable("--muted"), "stroke-opacity": 0.45 }); });
    nodes = Array.from(y, (club, i) => {
      const [cx, cy] = at(i), told = found.known.includes(i);
      const shape = told ? svg("rect", { x: cx - 2.3, y: cy - 2.3, width: 4.6, height: 4.6, rx: 0.6 }) : svg("circle", { cx, cy, r: 2.1 });
      shape.setAttribute("stroke", css(colours[club])); shape.setAttribute("stroke-width", 0.7);
      const name = svg("text", { x: cx, y: cy + 0.75, "text-anchor": "middle", "font-size": 2.1, fill: variable("--ink"), "pointer-events": "none" }); name.textContent = i + 1;
      const group = svg("g", { tabindex: 0, role: "button", "aria-label": `member ${i + 1}, ${found.clubs[club]} club${told ? ", told" : ""}`, "data-member": i });
      const flip = () => room.wire.ask("label", { member: i }).then((s) => { room.page.scene = s; scene(s); room.wire.say({ do: "drawn" }); }).catch(room.complain);
      group.addEventListener("click", flip); group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); flip(); } });
      group.append(shape, name);
      return { group, shape };
    });
    drawing.append(...edges, ...nodes.map((n) => n.group));
    box.replaceChildren(drawing);
  }
  function frame(latest) {
    const { shares, weights, codes: c, curve } = latest.arrays, { classes: colours, middle } = inks();
    nodes.forEach(({ shape }, i) => {
      const first = shares[2 * i], k = first > 0.5 ? 0 : 1, sure = Math.abs(2 * first - 1);
      shape.setAttribute("fill", css(middle.map((m, j) => Math.round(m + (colours[k][j] - m) * sure * 0.75))));
    });
    const most = Math.max(...weights);
    edges.forEach((line, e) => line.setAttribute("stroke-width", 0.15 + 0.9 * weights[e] / most * (most === 1 ? 0.25 : 1)));
    const to = codes.begin(), width = c.shape[1], far = Math.max(1e-6, ...Array.from(c, Math.abs));
    dots(to, Float32Array.from({ length: 2 * c.shape[0] }, (_, i) => c[Math.floor(i / 2) * width + i % 2] / far), c.shape[0], { size: 5, of: (i) => css(colours[held.arrays.y[i]]), ring: variable("--panel") });
    if (curve.shape[0]) loss.draw([{ x: column(curve, 0), y: column(curve, 1), ink: variable("--blue") }]);
    room.readings([["step", latest.step.toLocaleString("en")], ["loss", say(latest.readings.loss), "training"], ["others found right", `${latest.right} of ${latest.others}`, "validation"]]);
    document.body.dataset.loss = latest.readings.loss ?? ""; document.body.dataset.step = latest.step; document.body.dataset.right = latest.right;
  }
  return { scene, frame, picture: () => codes.over };
}
