// The block of standard of care cases: arrows choose a case, O pulls out the one that is chosen. Without this file each
// case has its button.
"use strict";

(() => {
  const block = document.querySelector(".smdt-block");
  if (!block) return;
  const cases = () => [...block.querySelectorAll(".smdt-block__case[tabindex]")];
  const chosen = () => document.activeElement?.closest(".smdt-block__case[tabindex]");
  const note = document.getElementById("block-note");
  const isTypedIn = (element) => element.matches?.("input, textarea, select") || element.isContentEditable;

  function move(step) {
    const all = cases();
    const at = all.indexOf(chosen());
    const next = at < 0 ? all.at(step > 0 ? 0 : -1) : all[at + step];
    if (next) note.textContent = "";
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  // Before the keys of the meeting screen, which press the first button that carries one: here it is the chosen case's.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (isTypedIn(event.target) || block.dataset.singleKeys === "off") return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      if (!cases().length) return;
      event.preventDefault();
      move(step);
    } else if (event.key.toLowerCase() === "o") {
      event.preventDefault();
      const at = chosen();
      if (at) at.querySelector("[data-key='o']")?.click();
      else if (cases().length) note.textContent = "No case is chosen: ↑ and ↓ choose one, then O pulls it out.";
    }
  }, true);
})();
