// What pages do beyond HTML: the menu of narrow screens, focus on errors, forms sent once. Every page works without it.
"use strict";

document.documentElement.classList.add("smdt-js");

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".nhsuk-error-summary, [data-focus]")?.focus();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.opens) {
    const open = button.closest("header").classList.toggle(`is-${button.dataset.opens}`);
    button.setAttribute("aria-expanded", String(open));
    if (open && button.dataset.opens === "search") document.getElementById("find").focus();
  }
  if ("print" in button.dataset) window.print();
});

// How much is new is asked for when the page stands, so that no page waits for it; without script the link is there all the same.
// It belongs to the link's name and is not announced: a page that speaks up each time it opens would be a nuisance.
document.addEventListener("DOMContentLoaded", async () => {
  const place = document.querySelector("[data-count]");
  if (!place) return;
  const answer = await fetch(place.dataset.count).catch(() => null);
  const count = answer?.ok && !answer.redirected ? (await answer.text()).trim() : "";
  if (!/^\d+\+?$/.test(count) || count === "0") return;
  const words = Object.assign(document.createElement("span"), { className: "nhsuk-u-visually-hidden" });
  words.textContent = ` ${place.dataset.words}`;
  place.replaceChildren(count, words);
  place.hidden = false;
});

// What is folded on the screen is there on paper.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.dataset.printed = "";
    folded.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const unfolded of document.querySelectorAll("details[data-printed]")) {
    delete unfolded.dataset.printed;
    unfolded.open = false;
  }
});

// A link of the error summary leads to its field, or to the first answer of a group.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".nhsuk-error-summary a");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  (field.closest("fieldset, .nhsuk-form-group") || field).scrollIntoView();
  field.focus({ preventScroll: true });
});

// A second press within a second is a slip of the finger, not a second wish.
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  const last = sent.get(event.target) ?? -Infinity;
  if (event.timeStamp - last < 1000) event.preventDefault();
  else sent.set(event.target, event.timeStamp);
});
