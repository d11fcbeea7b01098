// The settings of a room as a form, drawn from what the room says of them.

import { element, say } from "./draw.js";

// `changed(name, value)` is called for what the user sets. Returns { show(state), hide(names), label(name, text) }.
export function controls(form, settings, changed) {
  form.replaceChildren();
  const shown = new Map(), groups = new Map();
  for (const setting of settings) {
    const group = setting.group || "Settings";
    if (!groups.has(group)) {
      const box = element("details", { class: "group", open: innerWidth > 760 }, element("summary", {}, group));
      groups.set(group, box);
      form.append(box);
    }
    const made = (MAKERS[setting.kind] ?? text)(setting, (value) => changed(setting.name, value));
    const row = element("div", { class: `row ${setting.kind}`, "data-setting": setting.name, title: setting.hint || false }, ...made.parts);
    groups.get(group).append(row);
    shown.set(setting.name, { ...made, row });
  }
  return {
    show(state) { for (const [name, value] of Object.entries(state)) shown.get(name)?.show(value); },
    hide(names) { for (const [name, { row }] of shown) row.hidden = names.includes(name); },
    row(name) { return shown.get(name)?.row; },
  };
}

const MAKERS = { choice, slider, several, sizes, words: text, switch: toggle };
const id = (setting) => `set-${setting.name}`;
const label = (setting) => element("label", { for: id(setting) }, setting.label);

function choice(setting, changed) {
  const select = element("select", { id: id(setting), onchange: () => changed(setting.options[select.selectedIndex]) },
    ...setting.options.map((option) => element("option", {}, typeof option === "number" ? say(option).replace(/\.?0+$/, "") || "0" : option.replaceAll("_", " "))));
  setting.options.forEach((option, i) => { if (typeof option === "number") select.options[i].textContent = String(option); });
  return { parts: [label(setting), select], show: (value) => { select.selectedIndex = setting.options.indexOf(value); } };
}

function slider(setting, changed) {
  const out = element("output", { for: id(setting) });
  const wide = setting.high - setting.low > 2000;
  const input = element("input", { id: id(setting), type: wide ? "number" : "range", min: setting.low, max: setting.high, step: setting.step });
  const tell = () => { out.textContent = `${String(Number(input.value)).replace("-", "−")}${setting.unit || ""}`; };
  input.addEventListener("input", () => { tell(); if (input.value !== "" && !wide) changed(Number(input.value)); });
  input.addEventListener("change", () => { if (input.value !== "" && input.checkValidity()) changed(Number(input.value)); });
  return { parts: [label(setting), ...(wide ? [] : [out]), input], show: (value) => { input.value = value; tell(); } };
}

function several(setting, changed) {
  const boxes = setting.options.map((option) => element("input", { type: "checkbox", value: option, onchange: () => {
    const on = boxes.filter((box) => box.checked).map((box) => box.value);
    if (on.length) changed(on); else boxes.find((box) => box.value === option).checked = true;
  } }));
  const chips = boxes.map((box, i) => element("label", { class: "chip" }, box, element("span", {}, setting.options[i])));
  return { parts: [element("span", { class: "label" }, setting.label), element("div", { class: "chips", role: "group", "aria-label": setting.label }, ...chips)],
    show: (value) => boxes.forEach((box) => { box.checked = value.includes(box.value); }) };
}

function sizes(setting, changed) {
  const input = element("input", { id: id(setting), type: "text", inputmode: "numeric", autocomplete: "off", spellcheck: "false", placeholder: "none",
    "aria-description": "units of each layer with blanks between", onchange: () => {
      const found = (input.value.match(/\d+/g) ?? []).map(Number).filter((n) => n > 0).slice(0, setting.most).map((n) => Math.min(n, setting.largest));
      changed(found);
    } });
  return { parts: [label(setting), input], show: (value) => { input.value = value.join("  "); } };
}

function toggle(setting, changed) {
  const input = element("input", { id: id(setting), type: "checkbox", onchange: () => changed(input.checked) });
  return { parts: [label(setting), input], show: (value) => { input.checked = value; } };
}

function text(setting, changed) {
  const short = setting.longest < 100, common = { id: id(setting), maxlength: setting.longest, spellcheck: "false", onchange: () => changed(input.value) };
  const input = element(short ? "input" : "textarea", short ? { ...common, type: "text" } : { ...common, rows: 6 });
  return { parts: [label(setting), input], show: (value) => { input.value = value; } };
}
