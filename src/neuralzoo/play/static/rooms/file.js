// A model from a file: its layers, weights and picture.

import { element } from "../draw.js";
import { panel, symmetric } from "../parts.js";
import { heat } from "../draw.js";

export function open(room) {
  const about = element("p", { class: "note" }, "Open a .nz file with «Open file»: one saved here, or by model.save() in Python."), table = element("table", { class: "numbers" }), picture = element("img", { alt: "", hidden: true }), weights = element("div", { class: "grid" });
  weights.style.gridTemplateColumns = "repeat(auto-fill, minmax(9rem, 1fr))";
  const title = panel("Model", about, picture), all = panel("Weights", weights);
  room.stage.append(title, all);
  room.side.append(panel("Layers", table));
  let address = "";
  function scene(found) {
    if (!found.title) return;
    title.querySelector("h2").textContent = found.title;
    about.textContent = [found.card, `${found.kind}, ${found.steps.toLocaleString("en")} steps, ${found.learner}`].filter(Boolean).join(" · ");
    table.replaceChildren(element("tr", {}, ...["layer", "kind", "numbers"].map((h) => element("th", {}, h))), ...found.layers.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, typeof cell === "number" ? cell.toLocaleString("en") : cell)))));
    weights.replaceChildren(...found.names.map(([name, shape], i) => {
      const values = found.arrays[`weights:${i}`], canvas = element("canvas", { class: "pixel" });
      heat(canvas, values, values.shape[0], values.shape[1], symmetric(values));
      canvas.style.aspectRatio = `${values.shape[1]} / ${values.shape[0]}`;
      return element("figure", {}, canvas, element("figcaption", {}, `${name} (${shape.join(" × ")})`));
    }));
    if (found.arrays.picture) {
      URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([found.arrays.picture], { type: "image/png" }));
      picture.src = address; picture.hidden = false;
    }
    document.body.dataset.file = found.title;
  }
  return { scene, frame() {}, picture: () => weights.querySelector("canvas") };
}
