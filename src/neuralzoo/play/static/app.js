// The page: which room is open, the transport, the address. A room's module draws; all numbers come from the engine.

import { readAddress, stateFrom, writeAddress } from "./address.js";
import { controls } from "./controls.js";
import { element, say } from "./draw.js";
import { Wire } from "./wire.js";

const $ = (id) => document.getElementById(id);
const page = { chart: null, about: null, state: {}, room: null, form: null, playing: false, latest: null, scene: null, drawing: false, tries: 0, received: 0 };
const wire = new Wire(hear, connection);

// -- theme ------------------------------------------------------------------------------------------------------------
const bright = matchMedia("(prefers-color-scheme: dark)");
function theme(wanted) {
  document.documentElement.dataset.theme = wanted || (bright.matches ? "dark" : "light");
  page.theme = wanted;
  redraw();
}
bright.addEventListener("change", () => theme(page.theme));
$("theme").addEventListener("click", () => { theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"); remember(); });

// -- the connection -----------------------------------------------------------------------------------------------------
function connection(open, why) {
  document.body.dataset.connected = open;
  if (open) { page.tries = page.received = 0; notice(""); openRoom(); return; }
  playing(false);
  if (why === "idle") notice("This page was idle, so the engine let go of its network.", "The settings are kept.", ["Go on", () => wire.connect()]);
  else if (page.tries < 5) { notice("The connection to the engine was lost.", "Trying again…"); setTimeout(() => wire.connect(), 500 * 2 ** page.tries++); }
  else notice("The engine does not answer.", why || "Start `neuralzoo playground` again.", ["Try again", () => wire.connect()]);
}

function openRoom() {
  const address = readAddress();
  const about = page.chart.rooms.find((room) => room.key === address.room) ?? page.chart.rooms[0];
  const state = stateFrom(address, about.settings);
  if (page.chart.data && !address.problem && about.settings.some((s) => s.name === "problem") && page.chart.data.kind === "table") state.problem = "own";
  page.opening = { key: about.key };
  wire.say({ do: "open", room: about.key, state });
  const pace = address.pace ?? "steady";
  for (const radio of document.getElementsByName("pace")) radio.checked = radio.value === pace;
  wire.say({ do: "pace", value: pace });
}

function go(key) {
  $("rooms").close();
  history.replaceState(null, "", `#room=${key}${page.theme ? `&theme=${page.theme}` : ""}`);
  openRoom();
}
addEventListener("hashchange", () => { theme(readAddress().theme ?? page.theme); openRoom(); });

// -- what the engine says -----------------------------------------------------------------------------------------------
async function hear(frame) {
  switch (frame.kind) {
    case "room": page.opening = null; await enter(frame); break;
    case "scene": page.scene = page.latest = null; await page.entering; page.scene = frame; page.room.scene(frame); busy(false); schedule(); break;
    case "frame": page.received++; await page.entering; page.latest = frame; schedule(); break;
    case "state": playing(frame.playing); if (frame.why) notice(`Paused: ${frame.why}.`); break;
    case "settings": page.state = frame.state; page.form?.show(frame.state); remember(); break;
    case "file": keep(frame); break;
    case "error":
      complain(frame);
      if (page.opening) { const { key } = page.opening; page.opening = null; wire.say({ do: "open", room: key, state: {} }); } // with its defaults
      break;
  }
}

function enter(frame) {
  page.scene = page.latest = null;
  page.entering = (async () => {
    const module = await import(`./rooms/${frame.script}`);
    page.room?.close?.();
    page.about = frame; page.state = frame.state;
    document.title = `${frame.name} · neuralzoo playground`;
    $("room-name").textContent = frame.name;
    $("room-purpose").textContent = frame.purpose;
    document.body.dataset.room = frame.key;
    document.body.dataset.learns = frame.learns;
    $("stage").replaceChildren(); $("side").replaceChildren(); $("readings").replaceChildren();
    page.form = controls($("settings"), frame.settings, set);
    page.form.show(frame.state);
    page.room = module.open({ stage: $("stage"), side: $("side"), wire, set, page, form: page.form, readings, notice, complain, play });
    for (const id of ["step", "epoch", "reset", "play"]) $(id).disabled = !frame.learns;
    remember();
  })();
  return page.entering;
}

// Draw the latest frame when the screen is ready for one, and tell the engine that it was drawn.
function schedule() {
  if (page.drawing) return;
  page.drawing = true;
  requestAnimationFrame(() => {
    page.drawing = false;
    if (!page.latest || !page.scene) return;
    try { page.room.frame(page.latest); } finally {
      page.frames = (page.frames ?? 0) + 1;
      document.body.dataset.frames = page.frames;
      wire.say({ do: "drawn", count: page.received });
      page.received = 0;
    }
  });
}
function redraw() { if (page.room && page.scene) { page.room.scene(page.scene, true); if (page.latest) page.room.frame(page.latest); } }
let resized;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(redraw, 120); });

// -- what the user does ---------------------------------------------------------------------------------------------------
function set(name, value) {
  page.state[name] = value;
  page.form.show({ [name]: value });
  wire.say({ do: "set", name, value });
  if (!page.about.settings.find((s) => s.name === name)?.live) busy(true);
  remember();
}
let writing;
function remember() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const pace = [...document.getElementsByName("pace")].find((radio) => radio.checked).value;
    writeAddress(page.about.key, page.about.settings, page.state, { pace: pace === "steady" ? "" : pace, theme: page.theme });
  }, 150);
}
function playing(on) {
  page.playing = on;
  $("play").textContent = on ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  document.body.dataset.playing = on;
}
function play(on = !page.playing) { wire.say({ do: on ? "play" : "pause" }); playing(on); if (on) notice(""); }
$("play").addEventListener("click", () => play());
for (const id of ["step", "epoch", "reset"]) $(id).addEventListener("click", () => { notice(""); wire.say({ do: id }); });
for (const radio of document.getElementsByName("pace")) radio.addEventListener("change", () => { wire.say({ do: "pace", value: radio.value }); remember(); });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName) || $("rooms").open) return;
  const keys = { s: "step", e: "epoch", r: "reset" };
  if (event.key === " " && event.target.tagName !== "BUTTON" && event.target.tagName !== "SUMMARY") { event.preventDefault(); if (page.about?.learns) play(); }
  else if (keys[event.key] && !$(keys[event.key]).disabled) $(keys[event.key]).click();
});

// -- files ------------------------------------------------------------------------------------------------------------------
function download(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
function keep(frame) { page.saved = frame; download(frame.name, new Blob([frame.arrays.bytes], { type: frame.type })); }
function picture() {
  const canvas = page.room?.picture?.() ?? document.querySelector("#stage canvas");
  canvas?.toBlob((blob) => download(`${page.about.key}.png`, blob), "image/png");
}
$("save").addEventListener("click", () => {
  const items = [["Python program", () => wire.say({ do: "export", what: "program" })], ["Model (.nz)", () => wire.say({ do: "export", what: "model" })], ["Picture (.png)", picture], ...(page.room?.exports ?? [])];
  $("save-menu").replaceChildren(...items.map(([name, act]) => element("button", { role: "menuitem", onclick: () => { menu(false); act(); } }, name)));
  menu($("save-menu").hidden);
});
function menu(open) {
  $("save-menu").hidden = !open;
  $("save").setAttribute("aria-expanded", open);
  if (open) $("save-menu").firstElementChild.focus();
}
addEventListener("click", (event) => { if (!event.target.closest("#save, #save-menu")) menu(false); });
addEventListener("keydown", (event) => { if (event.key === "Escape" && !$("save-menu").hidden) { menu(false); $("save").focus(); } });
$("import").addEventListener("click", () => { $("file").accept = [page.about?.takes, ".nz"].filter(Boolean).join(","); $("file").click(); });
$("file").addEventListener("change", async () => {
  const file = $("file").files[0];
  $("file").value = "";
  if (!file) return;
  if (file.size > 8 * 2 ** 20) return complain({ what: `${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MiB`, remedy: "open a file of 8 MiB at most" });
  busy(true);
  wire.sendFile(file.name, await file.arrayBuffer());
});
$("share").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(location.href); notice("The address is copied; it holds all settings."); }
  catch { notice("Copy the address of this page: it holds all settings."); }
});

// -- words --------------------------------------------------------------------------------------------------------------------
function notice(what, more = "", ...buttons) {
  const box = $("notice");
  box.hidden = !what;
  box.className = "notice";
  box.replaceChildren(element("strong", {}, what), " ", element("span", {}, more), ...buttons.map(([name, act]) => element("button", { onclick: () => { box.hidden = true; act(); } }, name)));
}
function complain(error, ...buttons) {
  busy(false);
  const own = page.room?.remedies?.(error) ?? [];
  notice(error.what, [error.where && `(${error.where})`, error.remedy].filter(Boolean).join(" "), ...buttons, ...own);
  $("notice").className = "notice bad";
}
function busy(on) { document.body.dataset.busy = on; }
// Names and values beside the buttons: [name, value, class].
function readings(rows) {
  const box = $("readings");
  if (box.childElementCount !== rows.length) box.replaceChildren(...rows.map(() => element("div", {}, element("dt"), element("dd"))));
  rows.forEach(([name, value, kind], i) => {
    const [dt, dd] = box.children[i].children;
    if (dt.textContent !== name) dt.textContent = name;
    dd.textContent = typeof value === "number" ? say(value) : value;
    dd.className = kind ?? "";
  });
}

// -- the list of rooms ------------------------------------------------------------------------------------------------------------
function list() {
  $("rooms-list").replaceChildren(...page.chart.rooms.map((room) => element("button", { class: "card", onclick: () => go(room.key), "data-key": room.key },
    element("span", { class: "card-name" }, room.name), element("span", { class: "card-more" }, [room.year, room.short].filter(Boolean).join(" · ")), element("span", { class: "card-purpose" }, room.purpose))));
}
$("choose").addEventListener("click", () => { $("rooms").showModal(); document.querySelector(`.card[data-key="${page.about?.key}"]`)?.focus(); });
$("rooms-close").addEventListener("click", () => $("rooms").close());
$("rooms").addEventListener("click", (event) => { if (event.target === $("rooms")) $("rooms").close(); });

theme(readAddress().theme);
page.chart = await (await fetch("rooms.json")).json();
list();
wire.connect();
