// The meeting screen follows what the server has: it asks every 1.5 s, puts what changed in its place, and says
// when it cannot ask. The timer of a case counts here. Without this file the pages are plain ones.
"use strict";

(() => {
  const EVERY = 1500, SLOWEST = 5000, PATIENCE = 5000, MARKED = 10000;
  let room = document.getElementById("room");
  if (!room) return;
  const news = document.getElementById("room-news");
  const note = document.getElementById("room-note");
  const served = new Map();
  const marked = new Map();
  let next = 0, wait = EVERY, lostAt = null, stopped = false, ahead = 0;

  // ---- the parts that change ----

  const parts = (place) => [...place.querySelectorAll("[data-live]")];
  // A form's token is another one each time, and means no change.
  const text = (part) => part.outerHTML.replaceAll(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
  const remember = (place) => parts(place).forEach((part) => part.id && served.set(part.id, text(part)));

  function keepingFocus(change) {
    const at = document.activeElement;
    change();
    if (!at || at.isConnected) return;
    const again = at.id ? document.getElementById(at.id) : null;
    (again || document.getElementById("maincontent"))?.focus({ preventScroll: true });
  }

  const cells = () => new Map([...document.querySelectorAll("[data-cell][id]")].map((each) => [each.id, each.textContent]));

  function mark(before) {
    const until = Date.now() + MARKED;
    for (const [id, words] of cells()) if (before.get(id) !== words) marked.set(id, until);
    for (const [id, end] of marked) {
      if (end > Date.now()) document.getElementById(id)?.classList.add("is-changed");
    }
    setTimeout(unmark, MARKED + 50);
  }

  function unmark() {
    for (const [id, end] of marked) {
      if (end > Date.now()) continue;
      marked.delete(id);
      document.getElementById(id)?.classList.remove("is-changed");
    }
  }

  function say(before, now) {
    const old = before.split("|");
    const fresh = now.split("|").filter((each) => !old.includes(each));
    if (fresh.length) news.textContent = fresh.join(" ");
  }

  // Another case takes the whole screen; of the same case only what differs is put in its place.
  function take(answer) {
    const then = answer.getElementById("room");
    if (!then) return;
    if (!then.dataset.listing !== !room.dataset.listing) {
      if (!document.querySelector("dialog[open]")) location.reload();
      return;
    }
    const before = room.dataset.said;
    if (then.dataset.listing !== room.dataset.listing) {
      keepingFocus(() => {
        room.replaceWith(document.adoptNode(then));
        parts(answer).forEach(replace);
      });
      room = document.getElementById("room");
      remember(room);
      marked.clear();
      scrollTo(0, 0);
    } else {
      const was = cells();
      keepingFocus(() => parts(answer).forEach(replace));
      Object.assign(room.dataset, { ...then.dataset });
      mark(was);
    }
    document.title = answer.title;
    settle();
    say(before, room.dataset.said);
  }

  function replace(part) {
    const now = document.getElementById(part.id);
    if (!now || served.get(part.id) === text(part)) return;
    served.set(part.id, text(part));
    now.replaceWith(document.importNode(part, true));
  }

  // ---- asking ----

  async function ask() {
    clearTimeout(next);
    const at = new URL(room.dataset.at, location);
    at.searchParams.set("seen", room.dataset.seen);
    let answer, page;
    try {
      answer = await fetch(at, {
        headers: { "X-Room-Ticket": room.dataset.ticket },
        signal: AbortSignal.timeout(PATIENCE),
      });
      page = answer.status === 200 ? await answer.text() : "";
    } catch {
      return lost();
    }
    if (answer.status >= 500) return lost();
    if (answer.status >= 400) return stop(answer.status);
    found();
    if (answer.status === 204) room.dataset.ticket = answer.headers.get("X-Room-Ticket") || room.dataset.ticket;
    else take(new DOMParser().parseFromString(page, "text/html"));
    again();
  }

  function again() {
    clearTimeout(next);
    next = setTimeout(ask, wait);
  }

  function lost() {
    lostAt ||= new Date();
    tell(`Not connected since ${smdtClock(lostAt)}; what you type is kept here.`);
    wait = Math.min(wait + 1000, SLOWEST);
    again();
  }

  function found() {
    if (isGone) location.reload();
    if (lostAt || stopped) tell("");
    uncover();
    lostAt = null;
    stopped = false;
    wait = EVERY;
  }

  function stop(status) {
    stopped = true;
    if (status === 401) {
      cover();
      tell("You are signed out. Sign in again in another tab; what you typed is kept here.", "/account/login/");
    } else {
      empty();
      tell("This meeting is no longer yours to see, so this page does not follow it any more.");
    }
  }

  // ---- nobody sees a case who is not, or no longer, signed in for it ----

  const covered = new Set();
  let isGone = false;

  // The panel in which a decision is half typed stays, for its words may stand nowhere else.
  function cover() {
    const form = document.getElementById("decide");
    const words = form ? [...form.querySelectorAll("textarea, input[type=text], input:not([type])")] : [];
    hideAllBut(words.some((each) => each.value.trim()) ? form : null, room);
    closeDialog();
  }

  function hideAllBut(kept, place) {
    for (const each of place.children) {
      if (each === kept) continue;
      if (kept && each.contains(kept)) hideAllBut(kept, each);
      else {
        each.style.display = "none";
        covered.add(each);
      }
    }
  }

  function uncover() {
    for (const each of covered) each.style.display = "";
    covered.clear();
  }

  function empty() {
    isGone = true;
    closeDialog();
    document.getElementById("panel-body")?.replaceChildren();
    room.replaceChildren();
    room.dataset.said = news.textContent = "";
    parts(document).forEach((each) => each.remove());
    document.title = "Meeting";
  }

  const closeDialog = () => document.getElementById("panel")?.close();

  function tell(words, link = "") {
    note.hidden = !words;
    if (note.dataset.words === words) return;
    note.dataset.words = words;
    note.textContent = words;
    if (!link) return;
    const sign = Object.assign(document.createElement("a"), { href: link, target: "_blank", textContent: "Sign in" });
    note.append(" ", sign);
  }

  // Somebody who comes back to this page sees at once how things stand.
  const back = () => document.visibilityState === "visible" && ask();
  document.addEventListener("visibilitychange", back);
  addEventListener("pageshow", (event) => event.persisted && ask());
  addEventListener("focus", () => stopped && ask());

  // ---- the timer ----

  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  function tick() {
    for (const timer of document.querySelectorAll("[data-timer]")) {
      const { since, spent, minutes } = timer.dataset;
      const runs = since ? Math.max(0, Date.now() + ahead - Date.parse(since)) / 1000 : 0;
      const seconds = Number(spent) + runs;
      const shown = timer.querySelector("b");
      const words = clock(seconds);
      if (shown.textContent !== words) shown.textContent = words;
      timer.querySelector("[data-of]").textContent = clock(60 * Number(minutes));
      timer.classList.toggle("is-over", seconds > 60 * Number(minutes));
    }
  }

  function settle() {
    ahead = Date.parse(room.dataset.now) - Date.now();
    for (const each of document.querySelectorAll(".smdt-goto__find")) each.hidden = false;
    tick();
  }

  // ---- going to a case ----

  const choices = () => [...document.querySelectorAll("#goto-list li")];

  function narrow(words) {
    const wanted = words.trim().toLowerCase();
    for (const each of choices()) {
      const number = each.querySelector("b")?.textContent;
      const is = /^\d+$/.test(wanted) && wanted.length < 4 ? number === wanted : each.textContent.toLowerCase().includes(wanted);
      each.hidden = wanted !== "" && !is;
    }
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.id !== "goto" || !event.target.open) return;
    const find = document.getElementById("goto-find");
    find.value = "";
    narrow("");
    find.focus();
  }, true);
  document.addEventListener("input", (event) => event.target.id === "goto-find" && narrow(event.target.value));
  document.addEventListener("keydown", (event) => {
    const list = event.target instanceof Element && event.target.closest("#goto");
    if (!list) return;
    if (event.key === "Escape") {
      event.preventDefault();
      list.open = false;
      list.querySelector("summary").focus();
    } else if (event.key === "Enter" && event.target.id === "goto-find") {
      event.preventDefault();
      choices().find((each) => !each.hidden)?.querySelector("a, button")?.click();
    }
  });

  remember(document);
  settle();
  setInterval(tick, 1000);
  next = setTimeout(ask, Math.random() * EVERY); // a room that opens the page together does not ask together
})();
