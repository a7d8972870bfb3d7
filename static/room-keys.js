// The meeting screen's keys and its one dialog. A key clicks the first visible element that carries it as data-key;
// a link with data-panel opens its page's main content over the screen. Without this file they are links and buttons.
"use strict";

(() => {
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const foot = document.querySelector("[data-single-keys]");
  let opener = null;

  // ---- keys ----

  const NOT_TYPED_IN = ["radio", "checkbox", "button", "submit", "reset", "image", "file", "range", "color"];
  const typesIn = (element) =>
    element.isContentEditable ||
    element.matches("textarea, select") ||
    (element.matches("input") && !NOT_TYPED_IN.includes(element.type));
  const moves = (element) => element.matches("input[type=radio], input[type=range], summary, [role=tab]");
  const isSeen = (element) => element.getClientRects().length > 0 && !element.disabled;

  function carrying(key) {
    const place = panel?.open ? panel : document;
    return [...place.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key && isSeen(each));
  }

  function nameOf(event) {
    if (event.altKey || event.metaKey) return "";
    if (event.ctrlKey) return event.key === "Enter" ? "Control+Enter" : "";
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isLetter = key.length === 1 && key !== key.toUpperCase();
    return event.shiftKey && (isLetter || key.length > 1) ? "" : key;
  }

  // A key given to a field puts the cursor in it; to a choice, chooses it; to anything else, presses it.
  function act(element) {
    if (typesIn(element)) element.focus();
    else {
      if (element.matches("input")) element.focus();
      element.click();
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    const key = nameOf(event);
    if (!key) return;
    const at = event.target instanceof Element ? event.target : document.body;
    if (key === "Escape") {
      if (panel?.open) return;
      if (typesIn(at)) {
        event.preventDefault();
        const part = at.closest("[tabindex='-1']");
        at.blur();
        part?.focus({ preventScroll: true });
        return;
      }
    } else if (key !== "Control+Enter") {
      if (foot?.dataset.singleKeys === "off" || typesIn(at)) return;
      if (key.startsWith("Arrow") && moves(at)) return;
    }
    const element = carrying(key);
    if (!element) return;
    event.preventDefault();
    act(element);
  });

  if (!panel) return;

  // ---- the dialog ----

  function open(link) {
    opener = link;
    panel.setAttribute("aria-label", link.dataset.panel || link.textContent.trim());
    panel.removeAttribute("aria-labelledby");
    if (!panel.open) {
      body.textContent = "Loading…";
      panel.showModal();
    }
    const at = new URL(link.href);
    body.dataset.hash = at.hash;
    htmx.ajax("GET", at.pathname + at.search, { target: body, select: "#maincontent > *", swap: "innerHTML show:none" });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (link.target === "_blank" || !window.htmx || !panel.showModal) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open(link);
  }, true);

  // Under the screen's own heading a page's is a second-level one; addresses are reckoned from the page's own.
  function fit(answer, at) {
    for (const heading of answer.querySelectorAll("#maincontent h1")) {
      const second = answer.createElement("h2");
      second.append(...heading.childNodes);
      for (const { name, value } of heading.attributes) second.setAttribute(name, value);
      heading.replaceWith(second);
    }
    for (const form of answer.querySelectorAll("form")) {
      form.setAttribute("action", new URL(form.getAttribute("action") || "", at).href);
    }
    for (const link of answer.querySelectorAll("a[href]:not([href^='#'])")) {
      link.setAttribute("href", new URL(link.getAttribute("href"), at).href);
    }
    return answer.documentElement.outerHTML;
  }

  function name() {
    const first = body.querySelector("h2");
    if (!first) return;
    first.id ||= "panel-title";
    panel.setAttribute("aria-labelledby", first.id);
  }

  function arrive() {
    name();
    const switched = body.querySelector("[data-single-keys]");
    if (switched && foot) foot.dataset.singleKeys = switched.dataset.singleKeys;
    const wanted = body.dataset.hash ? body.querySelector(body.dataset.hash) : null;
    const at =
      wanted || body.querySelector(".nhsuk-error-summary, [data-focus], [autofocus]") || body.querySelector("h2");
    if (!at) return;
    if (at.tabIndex < 0) at.tabIndex = -1;
    at.focus({ preventScroll: !wanted });
    if (wanted) wanted.scrollIntoView();
    else panel.scrollTop = 0;
  }

  // A form that leads back to the meeting screen itself closes the dialog; what it said is said on the screen.
  function leave(answer) {
    const said = document.getElementById("room-said");
    const flashes = [...answer.querySelectorAll(".smdt-flash")];
    panel.close();
    if (said && flashes.length) said.replaceChildren(...flashes);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== body) return;
    const { xhr } = event.detail;
    if (!(xhr.getResponseHeader("Content-Type") || "").startsWith("text/html")) {
      event.detail.shouldSwap = false;
      location.assign(xhr.responseURL);
      return;
    }
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
    event.detail.shouldSwap = !!answer.getElementById("maincontent") && !answer.body.matches(".smdt-room");
    event.detail.isError = false;
    if (event.detail.shouldSwap) event.detail.serverResponse = fit(answer, xhr.responseURL);
    else if (answer.body.matches(".smdt-room")) leave(answer);
    else body.textContent = "This page could not be read. Close it and try again.";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === body) arrive();
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.target === body) body.textContent = "Not connected. Close it and try again.";
  });

  panel.addEventListener("close", () => {
    body.replaceChildren();
    delete body.dataset.hash;
    const back = opener?.isConnected
      ? opener
      : [...document.querySelectorAll("a[data-panel]")].find((each) => each.href === opener?.href);
    back?.focus({ preventScroll: true });
    opener = null;
  });
  // Pressing beside the dialog closes it.
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close();
  });
})();
