// Types and sites by name, synonym, abbreviation or code, as they are typed. The field's datalist holds the list: without
// this file the browser offers it by itself.
"use strict";

begin();
document.addEventListener("htmx:afterSettle", begin); // fields that came with a part of the page

function begin() {
  for (const field of document.querySelectorAll("input[list]")) {
    const datalist = document.getElementById(field.getAttribute("list"));
    if (datalist) searches(field, entriesOf(datalist));
  }
}

// British and American spellings as one, as in the list's own search.
function folded(text) {
  return text.toLowerCase().replaceAll("our", "or").replaceAll("ae", "e").replaceAll("oe", "e");
}

function entriesOf(datalist) {
  return [...datalist.options].map((option) => {
    const others = option.getAttribute("label") || "";
    const names = [option.value, ...others.split("; ")].map(folded);
    return { value: option.value, others, names, words: names.join(" ").split(/[^a-z0-9./]+/) };
  });
}

// 0 for the very name, abbreviation or code, 1 for its beginning, 2 for words that begin so; else nothing.
function rank(entry, typed) {
  const code = entry.value.slice(entry.value.lastIndexOf(", ") + 2).toLowerCase();
  if (entry.names.includes(typed) || code === typed || entry.names.includes(`was ${typed}`)) return 0;
  if (entry.names.some((name) => name.startsWith(typed)) || code.startsWith(typed)) return 1;
  const tokens = typed.split(/[^a-z0-9./]+/).filter(Boolean);
  const begins = tokens.every((token) => entry.words.some((word) => word.startsWith(token)));
  return tokens.length && begins ? 2 : null;
}

function found(entries, text) {
  const typed = folded(text.trim().replace(/\s+/g, " "));
  if (!typed) return [];
  const ranked = entries.map((entry, place) => ({ entry, place, rank: rank(entry, typed) }));
  const fitting = ranked.filter((each) => each.rank !== null);
  fitting.sort((one, other) => one.rank - other.rank || one.place - other.place);
  return fitting.map((each) => each.entry);
}

function searches(field, entries) {
  const holder = document.createElement("div");
  const list = document.createElement("ul");
  const status = document.createElement("span");
  let shown = [];
  let active = -1;

  holder.className = "smdt-codes";
  list.className = "smdt-codes__list";
  list.id = `${field.id}-codes`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What fits");
  status.className = "nhsuk-u-visually-hidden";
  status.setAttribute("role", "status");
  field.removeAttribute("list");
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
    ["aria-controls", list.id]]) field.setAttribute(name, value);
  field.after(holder);
  holder.append(list, status);

  const close = () => {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const choose = (entry) => {
    field.value = entry.value;
    field.dispatchEvent(new Event("change", { bubbles: true })); // the browser tells of what is typed only
    close();
  };
  const mark = (place) => {
    active = place;
    [...list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === active)));
    field.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    const all = found(entries, field.value);
    shown = all.slice(0, 12);
    list.replaceChildren(...shown.map((entry, place) => item(entry, `${list.id}-${place}`)));
    close();
    status.textContent = field.value.trim() ? `${all.length} fit` : "";
    if (!shown.length) return;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  };

  field.addEventListener("input", show);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) show();
    if (step && !list.hidden) {
      event.preventDefault();
      mark((active + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(shown[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  // Before the field loses the focus, which closes the list.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const place = [...list.children].indexOf(event.target.closest("li"));
    if (place >= 0) choose(shown[place]);
  });
}

function item(entry, id) {
  const made = document.createElement("li");
  made.id = id;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  made.textContent = entry.value;
  if (entry.others) {
    const hint = document.createElement("span");
    hint.className = "smdt-hint";
    hint.textContent = entry.others;
    made.append(hint);
  }
  return made;
}
