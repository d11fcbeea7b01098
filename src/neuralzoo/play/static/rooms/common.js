// The common room: the card of a member, its example at work with its curve, and the picture it ends with.

import { column, curves, element, variable } from "../draw.js";

export function open(room) {
  const card = element("div", { class: "panel card-page" }), picture = element("img", { alt: "", hidden: true }), said = element("pre", { class: "said", hidden: true });
  const state = element("p", { class: "note" }), curve = element("canvas", { class: "curve" }), label = element("small");
  const source = element("pre", { class: "source" });
  let shown = 0, address = "";
  room.stage.append(element("div", { class: "panel" }, element("h2", {}, "Example"), state, picture, said), card);
  room.side.append(element("div", { class: "panel" }, element("h2", {}, "Learning", label), curve), element("div", { class: "panel" }, element("h2", {}, "In Python"), source));

  function scene(frame) {
    const facts = [["learns by", frame.rule], ["for", frame.purpose], ["cells", frame.cells.join(", ")], ["verbs", frame.verbs.join(", ")], ["first described", `${frame.authors}, ${frame.reference}, ${frame.year}`]];
    card.replaceChildren(element("h2", {}, frame.name, element("small", {}, String(frame.year))), element("dl", { class: "facts" }, ...facts.flatMap(([dt, dd]) => [element("dt", {}, dt), element("dd", {}, dd)])),
      ...frame.goals.flatMap((goal) => [element("p", { class: "goal" }, element("strong", {}, "wanted "), goal.wanted), element("p", { class: "goal" }, element("strong", {}, "reached "), goal.reached || "not measured yet")]));
    source.textContent = frame.source;
    state.textContent = `${frame.example} Press play.`;
    picture.hidden = said.hidden = true;
    shown = 0;
  }
  function frame(latest) {
    if (latest.state) state.textContent = `The example ${latest.state}.`;
    if (latest.said) { said.textContent = latest.said; said.hidden = false; }
    const found = latest.arrays.curve;
    label.textContent = latest.label ? `${latest.label}, fit ${latest.fits}` : "";
    if (found?.shape[0]) {
      curves(curve, [{ x: column(found, 0), y: column(found, 1), ink: variable("--blue") }], { x: "epochs" });
      document.body.dataset.loss = found[found.length - 1];
    }
    room.readings([["fits", String(latest.fits)], ["epochs", String(latest.epochs ?? 0)]]);
    if (latest.arrays.picture && latest.arrays.picture.length !== shown) {
      shown = latest.arrays.picture.length;
      URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([latest.arrays.picture], { type: "image/png" }));
      picture.src = address; picture.hidden = false;
      document.body.dataset.picture = shown;
    }
  }
  const drawn = () => { const canvas = element("canvas", { width: picture.naturalWidth, height: picture.naturalHeight }); canvas.getContext("2d").drawImage(picture, 0, 0); return canvas; };
  return { scene, frame, picture: drawn, close: () => URL.revokeObjectURL(address) };
}
