// Keeps an open page up to date and honest about how old it is. Everything else works without it.
"use strict";
(() => {
  const body = document.body.dataset;
  const LATE_MS = 8000, STALE_MS = 14000, IDLE_MS = 4000, GIVE_UP_MS = 10000, AGAIN_MS = 700;
  const $ = (id) => document.getElementById(id);
  const title = document.title;

  /* times in the zone of this browser */
  const formats = {
    time: { hour: "2-digit", minute: "2-digit" },
    full: { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  };
  const zoneLocale = navigator.languages.find((l) => l.startsWith(document.documentElement.lang)) || document.documentElement.lang;
  function localTimes(root) {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const at = new Date(element.dateTime);
      const today = at.toDateString() === new Date().toDateString();
      const style = element.dataset.style === "auto" ? (today ? "time" : "full") : element.dataset.style;
      element.textContent = new Intl.DateTimeFormat(zoneLocale, formats[style]).format(at);
      element.title = at.toISOString();
    }
  }
  function durations(root) {
    for (const element of root.querySelectorAll("[data-since]")) {
      const seconds = Math.max(0, (Date.now() + clockOffset - Date.parse(element.dataset.since)) / 1000);
      const [size, name] = [[86400, "Days"], [3600, "Hours"], [60, "Minutes"]].find(([s]) => seconds >= s) || [1, "Now"];
      element.textContent = body["duration" + name].replace("#", Math.floor(seconds / size));
    }
  }
  let clockOffset = 0;
  localTimes(document);

  /* keyboard: one key each, never while typing, can be switched off in the account */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { $("menu")?.removeAttribute("open"); event.target.blur?.(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      const button = event.target.form.querySelector("button:not([type=button])");
      if (!button.disabled) event.target.form.requestSubmit(button);
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || body.shortcuts !== "on") return;
    if (event.key === "j" || event.key === "k") return step(event.key === "j" ? 1 : -1);
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target || target.disabled) return;
    event.preventDefault();
    if (target.matches("input, textarea")) target.focus(); else target.click();
  });
  function step(by) {
    const links = [...document.querySelectorAll(".rows .row-title")];
    const next = links[links.indexOf(document.activeElement) + by] || links[by > 0 ? 0 : links.length - 1];
    next?.focus();
  }

  /* canned replies go into the answer, where they can be changed before sending */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const field = $(button.dataset.into);
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  });

  /* somebody sits here: at most one word a minute, only while keys or pointer are used */
  let told = Date.now();
  const csrf = document.querySelector("header input[name=csrf]")?.value;
  for (const kind of ["pointerdown", "pointermove", "keydown"])
    document.addEventListener(kind, () => {
      if (!csrf || Date.now() - told < 60000) return;
      told = Date.now();
      fetch("/console/active", { method: "POST", body: new URLSearchParams({ csrf }), signal: AbortSignal.timeout(8000) }).catch(() => {});
    }, { passive: true });

  if (!body.livePart) return;

  /* how old is this page */
  let heard = performance.now(), known = Number(body.position), state = "off", source, opened = 0;
  const indicator = $("live");
  function show(next, seconds) {
    indicator.querySelector(".live-text").textContent =
      next === "live" ? indicator.dataset.live : next === "stale" ? indicator.dataset.stale : indicator.dataset.late.replace("{n}", seconds);
    if (next === state) return;
    state = indicator.dataset.state = next;
    $("stale").hidden = next !== "stale";
    block(document);
  }
  function block(root) {
    for (const button of root.querySelectorAll("[data-needs-live]")) button.disabled = state === "stale";
  }
  document.addEventListener("submit", (event) => {
    if (state === "stale" && event.target.querySelector("[data-needs-live]")) return event.preventDefault();
    leaving = event.target.method === "post";
  });
  let leaving = false;
  let lastTick = Date.now();
  setInterval(() => {
    if (Date.now() - lastTick > 5000) connect();
    lastTick = Date.now();
    const age = performance.now() - heard;
    show(age < LATE_MS ? "live" : age < STALE_MS ? "late" : "stale", Math.round(age / 1000));
    if (age > GIVE_UP_MS && performance.now() - opened > 3000) connect();
    durations(document);
  }, 1000);

  /* the stream */
  function connect() {
    source?.close();
    opened = performance.now();
    source = new EventSource(`/console/events/stream?after=${known}&request=${body.request || 0}`);
    source.addEventListener("beat", took);
    source.addEventListener("news", (event) => { took(event); hear(JSON.parse(event.data)); });
    source.addEventListener("viewers", (event) => { viewers = JSON.parse(event.data); showViewers(); });
    source.addEventListener("signed_out", () => location.reload());
    source.onerror = () => { source.close(); setTimeout(retry, AGAIN_MS); };  // a browser's own pauses grow
  }
  function retry() { if (source.readyState === EventSource.CLOSED) connect(); }
  function took(event) {
    heard = performance.now();
    known = Math.max(known, Number(event.lastEventId));
    if (state !== "live") show("live");
  }
  addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && performance.now() - heard > LATE_MS) connect();
  });
  addEventListener("pagehide", () => source.close());

  /* who else looks at what */
  let viewers = {};
  function showViewers() {
    const told = (names) => names?.length ? body.viewing.replace("#", names.join(", ")) : "";
    const line = $("viewers");
    if (line) {
      line.textContent = told(viewers[body.request]);
      line.hidden = !line.textContent;
    }
    for (const place of document.querySelectorAll(".row-viewers")) place.textContent = told(viewers[place.dataset.of]);
  }

  function hear(items) {
    const own = items.some((item) => item.type === "reset" || !body.request || String(item.request) === body.request);
    const fresh = items.some((item) => item.type === "request_opened" || item.type === "request_raised" || /^request_/.test(item.type));
    if (own || fresh) refresh();
    for (const item of items) announce(item);
  }
  function announce(item) {
    const urgent = item.priority === "emergency";
    const text = item.type === "request_opened" ? body.announceNew : item.type === "request_raised" ? body.announceRaised
      : item.type === "message" && item.speaker === "patient" && String(item.request) === body.request ? body.announcePatient : "";
    if (text) say($(urgent ? "assertive" : "polite"), text);
    if (item.priority === "urgent" && (item.type === "request_opened" || item.type === "request_raised")) ring(text);
  }
  function say(region, text) {  // emptied first, so that the same words are read out again
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 50);
  }

  /* bringing the page up to date: whole parts, without touching what is being typed or read */
  let running = false, again = false;
  async function refresh() {
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(body.livePart, { credentials: "same-origin", signal: AbortSignal.timeout(8000) });
      if (answer.status === 401 || answer.status === 403) { location.reload(); return; }
      if (answer.ok && !leaving) apply(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!answer.ok) setTimeout(refresh, AGAIN_MS);
    } catch { setTimeout(refresh, AGAIN_MS); } finally {
      running = false;
      if (again) { again = false; refresh(); }
    }
  }
  const served = new Map();
  for (const part of document.querySelectorAll("[data-part]")) served.set(part.id, part.outerHTML);
  function apply(news) {
    localTimes(news);
    const now = news.getElementById("part-head")?.dataset;
    for (const fresh of news.querySelectorAll("[data-part]")) {
      const old = $(fresh.id), html = fresh.outerHTML;
      if (!old || served.get(fresh.id) === html) continue;
      if (fresh.dataset.part === "form" && inUse(old)) continue;
      served.set(fresh.id, html);
      ({ grow, rows })[fresh.dataset.part]?.(old, fresh) ?? replace(old, fresh);
    }
    if (now) for (const name of ["version", "seen"])
      for (const input of document.querySelectorAll(`input[name="${name}"]`)) input.value = now[name];
    block(document);
    durations(document);
    showViewers();
    countInTitle();
  }
  const inUse = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")
    || [...part.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue)
    || [...part.querySelectorAll("input[type=radio]")].some((field) => field.checked !== field.defaultChecked);
  function replace(old, fresh) {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const where = focused && (focused.id ? "#" + CSS.escape(focused.id) : focused.dataset.key ? `[data-key="${focused.dataset.key}"]` : null);
    for (const details of fresh.querySelectorAll("details[id]")) details.open = $(details.id)?.open ?? details.open;
    const node = document.adoptNode(fresh);
    old.replaceWith(node);
    if (where) node.querySelector(where)?.focus();
    return true;
  }
  function grow(old, fresh) {
    const list = old.querySelector("ol"), atEnd = seesEnd(list);
    let added = 0;
    for (const item of [...fresh.querySelectorAll(".messages > li")]) {
      const there = $(item.id);
      if (!there) { list.append(document.adoptNode(item)); added += 1; }
      else if (there.textContent !== item.textContent) replace(there, item);
    }
    if (!added) return true;
    if (atEnd && !document.getSelection().toString()) toEnd(); else $("new-below").hidden = false;
    return true;
  }
  function seesEnd(list) {
    const last = list.lastElementChild?.getBoundingClientRect();
    return !last || last.top < Math.min(innerHeight, list.parentElement.getBoundingClientRect().bottom);
  }
  function toEnd() {
    document.querySelector(".talk").scrollTop = 0;
    $("new-below").hidden = true;
  }
  $("new-below")?.addEventListener("click", toEnd);
  document.querySelector(".talk")?.addEventListener("scroll", () => {
    if (seesEnd(document.querySelector(".messages"))) $("new-below").hidden = true;
  }, { passive: true });

  /* the queue: rows change in place; new ones wait beside the list while it is being used */
  let used = -IDLE_MS, waiting = null;
  for (const kind of ["pointermove", "keydown", "wheel", "touchstart", "focusin"])
    document.addEventListener(kind, () => { used = performance.now(); }, { passive: true });
  const inHand = () => !document.hidden && performance.now() - used < IDLE_MS;
  function rows(old, fresh) {
    waiting = fresh;
    if (inHand() && [...fresh.querySelectorAll(".row")].some((row) => !$(row.id))) hint(old, fresh); else merge();
    return true;
  }
  function hint(old, fresh) {
    const arrivals = $("arrivals");
    arrivals.replaceChildren();
    for (const row of fresh.querySelectorAll(".row")) {
      const there = $(row.id);
      if (there) { there.replaceWith(row.cloneNode(true)); continue; }
      const item = document.createElement("li");
      item.append(row.querySelector(".severity").cloneNode(true), " ", row.querySelector(".row-title").cloneNode(true));
      arrivals.append(item);
    }
    for (const row of old.querySelectorAll(".row")) row.classList.toggle("gone", !fresh.querySelector("#" + row.id));
    $("tray").hidden = false;
  }
  function merge() {
    if (!waiting) return;
    const before = new Set([...document.querySelectorAll(".row")].map((row) => row.id));
    const focused = document.activeElement?.closest?.(".row")?.id;
    const node = document.adoptNode(waiting);
    waiting = null;
    $("part-queue").replaceWith(node);
    for (const row of node.querySelectorAll(".row")) row.classList.toggle("arrived", !before.has(row.id));
    if (focused) $(focused)?.querySelector(".row-title")?.focus({ preventScroll: true });
    $("tray").hidden = true;
    durations(document);
    showViewers();
  }
  $("merge")?.addEventListener("click", merge);
  setInterval(() => { if (waiting && !inHand()) merge(); }, 1000);

  /* an alarm that repeats until somebody acknowledges; this browser remembers whether it is on */
  const sound = $("sound"), EVERY_MS = 12000;
  let audio, alarming = 0;
  const isOn = () => localStorage.getItem("console-sound") === "on";
  function showSound() { sound.setAttribute("aria-pressed", String(isOn())); sound.hidden = false; }
  sound.addEventListener("click", () => {
    localStorage.setItem("console-sound", isOn() ? "off" : "on");
    showSound();
    if (!isOn()) return;
    beep();
    if (window.Notification?.permission === "default") Notification.requestPermission();
  });
  function beep() {
    audio ??= new AudioContext();
    audio.resume();
    [0, 0.28].forEach((delay) => {
      const tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + delay;
      tone.frequency.value = 740;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.3, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.24);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.25);
    });
  }
  function ring(text) {
    if (!isOn()) return;
    beep();
    if (document.hidden && window.Notification?.permission === "granted") new Notification(text, { tag: "console" });
  }
  function alarm(count) {
    if (count > alarming) ring(sound.dataset.notice);
    alarming = count;
    document.body.dataset.alarming = count;
  }
  setInterval(() => { if (alarming && isOn()) beep(); }, EVERY_MS);
  showSound();

  function countInTitle() {
    const holder = document.querySelector("[data-title-count]");
    const count = Number(holder.dataset.titleCount), open = Number(holder.dataset.titleAlarming);
    alarm(open);
    document.title = (open ? `(${count}!) ` : count ? `(${count}) ` : "") + title;
  }
  countInTitle();
  connect();
})();
