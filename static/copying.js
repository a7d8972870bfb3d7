// A button that copies the text of a field; without a script the text is selected and copied by hand.
"use strict";

function show(root) {
  for (const button of root.querySelectorAll("[data-copies]")) button.hidden = false;
}

document.addEventListener("DOMContentLoaded", () => show(document));
document.addEventListener("htmx:afterSwap", (event) => show(event.target));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  const said = button.parentElement.querySelector("[data-copied]");
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    said.textContent = "Copied.";
  } catch {
    said.textContent = document.execCommand("copy") ? "Copied." : "The text is selected: copy it with Ctrl C.";
  }
});
