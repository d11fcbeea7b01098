// A generative adversarial network: real points, made points, and what the critic thinks of the plane.

import { element, heat, variable } from "../draw.js";
import { curvePanel, dots, panel, plane, symmetric } from "../parts.js";

export function open(room) {
  const map = plane("real and made points, and the critic's opinion", { low: -1.8, high: 1.8 }), curves = ["critic", "generator"].map((name) => [name, curvePanel(`Loss of the ${name}`)]);
  const history = { critic: [], generator: [] };
  map.box.classList.add("large");
  room.stage.append(panel("The chase", map.box, element("div", { class: "key" }, key("--muted", "real"), key("--ink", "made"), element("span", {}, "blue: the critic takes it for real; orange: for made"))));
  room.side.append(...curves.map(([, c]) => c.box), panel("How they learn", element("p", { class: "note" }, "The generator turns noise into points; the critic learns to tell them from real ones, and the generator goes where the critic is fooled. Where it serves a few clouds only, that is called mode collapse.")));
  let held = null;
  function frame(latest) {
    const { surface, made } = latest.arrays;
    heat(map.ground, surface, held.side, held.side, { ...symmetric(surface), soft: 0.6 });
    const to = map.begin();
    dots(to, held.arrays.rows, held.arrays.rows.shape[0], { size: Math.max(1.6, to.width / 260), ink: variable("--muted") });
    dots(to, made, made.shape[0], { size: Math.max(2, to.width / 210), ink: variable("--ink"), ring: variable("--panel") });
    if (latest.step < (history.step ?? 0)) history.critic = [], history.generator = [];
    history.step = latest.step;
    for (const [name, panel_] of curves) {
      const value = latest.readings[name] ?? latest.readings[`${name}_loss`] ?? (name === "critic" ? latest.readings.loss : undefined);
      panel_.box.hidden = value === undefined;
      if (value === undefined) continue;
      const points = history[name];
      points.push([latest.step, value]);
      if (points.length > 600) history[name] = points.filter((_, i) => i % 2);
      panel_.draw([{ x: points.map((p) => p[0]), y: points.map((p) => p[1]), ink: variable(name === "critic" ? "--blue" : "--orange") }]);
    }
    room.readings([["step", latest.step.toLocaleString("en")], ["clouds served", `${latest.covered} of ${held.clouds}`, "training"], ["points within 3 deviations", `${Math.round(100 * latest.share)} %`, "validation"]]);
    document.body.dataset.step = latest.step; document.body.dataset.share = latest.share;
  }
  return { scene: (s) => { held = s; }, frame, picture: () => map.over };
}
function key(ink, text) { const i = element("i", { class: "dot" }); i.style.background = `var(${ink})`; return element("span", {}, i, text); }
