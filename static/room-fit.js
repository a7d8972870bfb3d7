// A room's screen does not scroll: the type of a part shrinks until it fits; where it cannot, its "More" shows.
"use strict";

(() => {
  const whole = matchMedia("screen and (min-width: 119rem) and (max-aspect-ratio: 41/20)");
  const SMALLER = [0.93, 0.86, 0.8, 0.74, 0.68];
  const LEAST = 0.8;
  const overflows = (part) => part.scrollHeight > part.clientHeight + 2;
  let waiting = 0;

  // At a whole line, so that no half of one shows; `anew`: it may take what its neighbours left.
  function cut(part, anew) {
    if (anew) part.style.removeProperty("max-height");
    part.classList.toggle("is-cut", overflows(part));
    if (!overflows(part)) return;
    const text = part.querySelector("p, li");
    const line = text ? parseFloat(getComputedStyle(text).lineHeight) : 0;
    if (line) part.style.maxHeight = `${Math.max(1, Math.floor((part.clientHeight + 1) / line)) * line}px`;
  }

  function fit() {
    waiting = 0;
    const parts = [...document.querySelectorAll(".smdt-room [data-fit]")];
    for (const part of parts) {
      part.style.removeProperty("--fit");
      part.style.removeProperty("max-height");
      part.classList.remove("is-cut");
    }
    if (!whole.matches) return;
    for (const size of SMALLER) {
      for (const part of parts.filter(overflows)) {
        if (size >= LEAST || part.dataset.fit === "far") part.style.setProperty("--fit", size);
      }
    }
    // Cutting one gives its neighbours room, so what is cut is looked at again.
    for (const anew of [true, true, false, false]) {
      for (const part of parts) if (overflows(part) || part.classList.contains("is-cut")) cut(part, anew);
    }
  }

  const soon = () => (waiting ||= requestAnimationFrame(fit));
  addEventListener("resize", soon);
  addEventListener("load", soon);
  document.fonts?.ready.then(soon);
  const room = document.getElementById("room") || document.querySelector("main");
  // What another person saved replaces parts of the page.
  if (room) new MutationObserver(soon).observe(room, { childList: true, subtree: true });
  soon();
})();
