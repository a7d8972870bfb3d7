// What is typed into the decision panel is kept by the server as it is typed, and never taken away from whoever types;
// further rows of actions and dissent; when the case comes back. Without this file the panel has a button that keeps it.
"use strict";

(() => {
  const form = document.getElementById("decide");
  if (!form) return;
  const QUIET = 800;
  const AT_MOST = 2000;
  const AGAIN = 3000;
  const ANSWER_WITHIN = 10000;
  const LAST_WITHIN = 4000; // whoever saves waits no longer for the last words to be kept
  const KEEPALIVE_BYTES = 60000; // browsers take 64 KiB of what may outlive its page
  const said = document.getElementById("decide-kept");
  const alertBox = document.getElementById("decide-alert");
  const discard = document.getElementById("decide-discard");
  const version = form.elements.draft_version;
  let timer = 0;
  let changedAt = 0;
  let dirty = false;
  let sending = null; // what is under way: its abort, and when it is over
  let lostAt = "";
  let waits = false; // somebody pressed save without a connection
  let stopped = false;
  let unfit = false; // what stands here was refused as it is: it is sent again once it is changed
  let saving = false;
  let leaving = false;
  let turn = 0;
  const saveFirst = new Error("saving");

  // ---- keeping ----

  function changed() {
    dirty = true;
    unfit = false;
    if (stopped) return;
    const now = performance.now();
    changedAt ||= now;
    wait(Math.max(0, Math.min(QUIET, changedAt + AT_MOST - now)));
  }

  function wait(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(keep, milliseconds);
  }

  function content() {
    const typed = new URLSearchParams(new FormData(form));
    turn = Math.max(Date.now(), turn + 1);
    typed.set("turn", String(turn));
    return typed.toString();
  }

  function send(signal) {
    const body = content();
    return fetch(form.dataset.draft, {
      method: "POST",
      body,
      headers: {
        Accept: "application/json",
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
      },
      keepalive: body.length < KEEPALIVE_BYTES,
      redirect: "error",
      signal,
    });
  }

  function keep(within = ANSWER_WITHIN) {
    if (stopped || leaving || sending || unfit || !dirty) return null;
    const abort = new AbortController();
    const now = { abort };
    sending = now;
    now.over = keepNow(abort, within);
    return now.over;
  }

  async function keepNow(abort, within) {
    const late = setTimeout(() => abort.abort(), within);
    dirty = false;
    changedAt = 0;
    try {
      const answer = await send(abort.signal);
      if (![200, 400, 409].includes(answer.status)) throw new Error(String(answer.status));
      const told = await answer.json();
      if (answer.ok) kept(told);
      else if (answer.status === 409) refused(told);
      else tooMuch(told);
    } catch {
      if (abort.signal.reason === saveFirst) dirty = true;
      else if (!leaving) lost();
    }
    clearTimeout(late);
    sending = null;
    if (dirty && !stopped && !leaving && !saving && !unfit) wait(lostAt ? AGAIN : QUIET);
  }

  // The words stand in this window only; what was typed since then is tried again.
  function tooMuch(told) {
    unfit = !dirty;
    dirty = true;
    lostAt = "";
    said.textContent = "";
    say(told.words);
  }

  function kept(told) {
    version.value = told.version;
    said.textContent = `Draft kept ${told.kept}`;
    discard.hidden = false;
    lostAt = "";
    waits = false;
    say("");
  }

  function lost() {
    dirty = true;
    lostAt ||= smdtClock(new Date());
    said.textContent = "";
    say(
      waits
        ? `Not connected since ${lostAt}. Nothing is lost: save again when it says that the draft is kept.`
        : `Not kept since ${lostAt}: what you type is still here.`,
    );
  }

  // Another window of the same person has a newer draft: this one waits until the person says which stands.
  function refused(told) {
    stopped = true;
    dirty = true;
    said.textContent = "";
    say(told.words);
    if (!told.version) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "smdt-linkbtn";
    button.textContent = "Keep what stands here";
    button.addEventListener("click", () => {
      version.value = told.version;
      stopped = false;
      say("");
      form.querySelector("textarea")?.focus({ preventScroll: true });
      keep();
    });
    alertBox.append(" ", button);
  }

  // Said once: a reader is not told the same every few seconds.
  function say(words) {
    if (alertBox.dataset.said === words) return;
    alertBox.dataset.said = words;
    alertBox.textContent = words;
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);

  // The last words are kept before they are saved: where saving fails, the draft has all of them.
  form.addEventListener("submit", (event) => {
    const isKept = stopped || unfit || (!sending && !dirty);
    if (leaving || (!lostAt && navigator.onLine && isKept)) {
      leaving = true;
      clearTimeout(timer);
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // it is no press of the button yet for who counts them
    if (saving) return;
    if (lostAt || !navigator.onLine) {
      waits = true;
      lost();
      keep();
      return;
    }
    saveNext(event.submitter);
  });

  async function saveNext(button) {
    saving = true;
    clearTimeout(timer);
    if (sending) {
      sending.abort.abort(saveFirst);
      await sending.over;
    }
    await keep(LAST_WITHIN);
    saving = false;
    if (!lostAt) return form.requestSubmit(button);
    waits = true;
    lost();
    wait(AGAIN);
  }

  addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  addEventListener("pagehide", () => {
    if (dirty && !stopped && !leaving) send().catch(() => {});
  });
  addEventListener("beforeunload", (event) => {
    if ((lostAt || stopped || unfit) && dirty && !leaving) event.preventDefault();
  });

  // ---- rows ----

  const isEmpty = (row) => [...row.querySelectorAll("input, select, textarea")].every((field) => !field.value);

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-adds]");
    if (!button) return;
    const rows = [...button.closest(".smdt-decide__rows").querySelectorAll(".smdt-decide__row")];
    const open = rows.filter((row) => !row.classList.contains("is-spare"));
    const row = open.find(isEmpty) || rows.find((each) => each.classList.contains("is-spare"));
    if (!row) {
      say("All rows are in use. Write two actions into one.");
      return;
    }
    row.classList.remove("is-spare");
    row.querySelector("input, select, textarea").focus();
  });

  // ---- when the case comes back ----

  const relist = form.elements.relist;
  const back = form.dataset.comesBack.split(" ");
  const meeting = [...relist.options].find((option) => /^\d/.test(option.value));
  form.addEventListener("change", (event) => {
    if (event.target === relist) delete relist.dataset.proposed;
    if (event.target.name !== "outcome" || !meeting) return;
    if (back.includes(event.target.value)) {
      if (relist.value) return;
      relist.value = meeting.value;
      relist.dataset.proposed = "";
    } else if ("proposed" in relist.dataset) {
      relist.value = "";
      delete relist.dataset.proposed;
    }
  });

  if ("unkept" in form.dataset) changed();
})();
