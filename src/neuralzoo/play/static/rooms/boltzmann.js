// A restricted Boltzmann machine: fantasies, filters, reconstructions.

import { column, element, variable } from "../draw.js";
import { curvePanel, panel, tiles } from "../parts.js";

export function open(room) {
  const dreams = tiles("fantasy", { size: "3.4rem" }), filters = tiles("filter of a hidden unit", { size: "3rem" }), given = tiles("picture", { size: "2.6rem" }), back = tiles("reconstruction", { size: "2.6rem" });
  const curve = curvePanel("Reconstruction error");
  room.stage.append(panel("Fantasies: chains of Gibbs sampling, a step further in each frame", dreams.grid), panel("What each hidden unit looks for", filters.grid));
  room.side.append(curve.box, panel("Given", given.grid), panel("Given back", back.grid));
  let held = null;
  function frame(latest) {
    const { dreams: d, filters: f, given: g, back: b, curve: found } = latest.arrays, side = held.side, unit = { low: -1, high: 1 };
    dreams.draw(d, d.shape[0], side, side, unit);
    filters.draw(f, f.shape[0], side);
    given.draw(g, g.shape[0], side, side, unit); back.draw(b, b.shape[0], side, side, unit);
    if (found.shape[0]) curve.draw([{ x: column(found, 0), y: column(found, 1), ink: variable("--blue") }]);
    room.readings([["epoch", Math.floor(latest.epoch).toLocaleString("en")], ["step", latest.step.toLocaleString("en")], ["reconstruction error", latest.readings.loss ?? "–", "training"], ["free energy", latest.free_energy]]);
    document.body.dataset.loss = latest.readings.loss ?? ""; document.body.dataset.step = latest.step;
  }
  const picture = () => { const all = room.stage.querySelectorAll(".grid")[0].querySelectorAll("canvas"), side = 64, columns = 10; const made = element("canvas", { width: columns * side, height: Math.ceil(all.length / columns) * side }), c = made.getContext("2d"); c.imageSmoothingEnabled = false; all.forEach((one, i) => c.drawImage(one, (i % columns) * side + 2, Math.floor(i / columns) * side + 2, side - 4, side - 4)); return made; };
  return { scene: (s) => { held = s; }, frame, picture };
}
