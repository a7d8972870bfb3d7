// While a plan is typed its findings are replaced beside it: whoever is typing an answer keeps the place in it.
"use strict";

let place = null;

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const field = document.activeElement;
  place = field && event.target.contains(field) ? [field.id, field.selectionStart, field.selectionEnd] : null;
});

document.addEventListener("htmx:oobAfterSwap", () => {
  const field = place && document.getElementById(place[0]);
  if (field && field !== document.activeElement) {
    field.focus({ preventScroll: true });
    if (typeof place[1] === "number") field.setSelectionRange(place[1], place[2]);
  }
  place = null;
});
