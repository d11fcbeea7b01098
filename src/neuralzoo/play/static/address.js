// Settings ⇄ the address of the page: what differs from the defaults stands behind the #.

export function readAddress(hash = location.hash) {
  const found = {};
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) found[name] = text;
  return found;
}

// The value of a setting from its text, undefined where it makes no sense.
export function parse(setting, text) {
  switch (setting.kind) {
    case "slider": return text.trim() !== "" && Number(text) >= setting.low && Number(text) <= setting.high ? Number(text) : undefined;
    case "switch": return text === "true" ? true : text === "false" ? false : undefined;
    case "choice": return setting.options.find((option) => String(option) === text);
    case "several": return text.split(",").filter((word) => setting.options.includes(word));
    case "sizes": return text === "" ? [] : text.split("-").map(Number).filter((n) => Number.isInteger(n) && n > 0 && n <= setting.largest).slice(0, setting.most);
    default: return text.slice(0, setting.longest);
  }
}

export function write(setting, value) {
  return setting.kind === "sizes" ? value.join("-") : setting.kind === "several" ? value.join(",") : String(value);
}

export function stateFrom(address, settings) {
  const state = {};
  for (const setting of settings) {
    if (!(setting.name in address)) continue;
    const value = parse(setting, address[setting.name]);
    const empty = setting.kind === "several" && value.length === 0;
    if (value !== undefined && !empty) state[setting.name] = value;
  }
  return state;
}

export function writeAddress(room, settings, state, extra) {
  const words = new URLSearchParams({ room });
  for (const setting of settings) {
    const text = write(setting, state[setting.name]);
    if (text !== write(setting, setting.default)) words.set(setting.name, text);
  }
  for (const [name, text] of Object.entries(extra)) if (text) words.set(name, text);
  history.replaceState(null, "", `#${words}`);
}
