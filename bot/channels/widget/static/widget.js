/* The patient's window to the assistant. One script, no build step, nothing from elsewhere.
 *
 *   <script src="https://assistant.clinic.example/widget.js" async></script>
 *
 * The server puts the clinic's contacts, the texts and the style sheet in the place of the empty
 * object below, so that the emergency line is there even when the server is not. Parts, in order:
 * options, small tools, storage, transport, conversation (what is known), view (what is seen).
 */
(() => {
  "use strict";

  const SERVER = /* SERVER */ {};
  if (!window.customElements || !window.fetch || !SERVER.strings) return;

  // ---------------------------------------------------------------- options

  const TAG = "perioperative-assistant";
  const script = document.currentScript || document.querySelector('script[src*="/widget.js"]');
  const base = script.src.split(/[?#]/)[0].replace(/[^/]*$/, ""); // pages overwrite window.URL
  const options = script.dataset;
  const lang = [options.lang, document.documentElement.lang, navigator.language, SERVER.locale]
    .map((name) => (name || "").slice(0, 2).toLowerCase())
    .find((name) => SERVER.strings[name]);
  const words = SERVER.strings[lang];
  const clinic = options.clinic || SERVER.clinic || words.theClinic;
  const phone = options.clinicPhone || SERVER.phone;
  const emergency = options.emergency || SERVER.emergency;

  /** The text for a key with {names} filled in. */
  const t = (key, values = {}) =>
    words[key].replace(/\{(\w+)\}/g, (_, name) => (name === "clinic" ? clinic : values[name]));

  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  // ---------------------------------------------------------------- small tools

  const SVG = "http://www.w3.org/2000/svg";
  const FOLD_CHARS = 700;
  const FOLD_LINES = 14;
  const TYPING_MS = 45000;
  const HOT_MS = 86400000;

  /** An element; names that start with "on" are listeners, false and null are left out. */
  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child || child === 0));
    return node;
  }

  /** New content; replaceChildren is unknown to Safari before 14. */
  function fill(node, ...children) {
    node.textContent = "";
    node.append(...children);
  }

  const ICONS = {
    chat: "M4 4h16v12H9l-5 4z",
    close: "M6 6l12 12M18 6L6 18",
    menu: "M5 7h14M5 12h14M5 17h14",
    send: "M4 12h15M13 6l6 6-6 6",
    phone: "M6 3h4l2 5-2.5 1.5a11 11 0 0 0 5 5L16 12l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2z",
    warn: "M12 3l10 18H2zM12 10v5M12 18v.5",
    person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21a8 8 0 0 1 16 0z",
    down: "M12 5v14M6 13l6 6 6-6",
  };

  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    for (const [key, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["focusable", "false"]]) {
      svg.setAttribute(key, value);
    }
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  }

  const button = (text, onclick, attributes = {}) =>
    make("button", { type: "button", onclick, ...attributes }, text);

  /** A number that is not broken over two lines. */
  const whole = (number) => number.replace(/ /g, "\u00a0");

  /** A link that dials, or plain text when the setting is not a number. */
  function dial(number, text, attributes = {}) {
    const digits = number.replace(/[^\d+]/g, "");
    const usable = digits.length > 1 && /^[+\d\s().\/-]+$/.test(number);
    const shown = make("span", { dir: text === number && "ltr" }, text.replace(number, whole(number)));
    return usable
      ? make("a", { href: `tel:${digits}`, ...attributes }, icon("phone"), shown)
      : make("span", attributes, shown);
  }

  /** The text, with the clinic's configured numbers as links; nothing else is interpreted. */
  function linked(text) {
    const numbers = [emergency, phone].filter(Boolean);
    const parts = [];
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      const number = numbers.find((one) => text.startsWith(one, at));
      if (!number || /\d[\s-]?$/.test(text.slice(0, at).slice(-2))) continue;
      const end = at + number.length;
      if (/^[\s-]?\d/.test(text.slice(end, end + 2))) continue;
      parts.push(text.slice(from, at), dial(number, number, { class: "number" }));
      from = end;
      at = end - 1;
    }
    return [...parts, text.slice(from)];
  }

  /** A random UUID, also where crypto.randomUUID does not exist. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => (byte + 256).toString(16).slice(1)).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /** Text colour that can be read on a brand colour; null when the colour is not #rgb or #rrggbb. */
  function onColor(color) {
    const hex = (/^#([\da-f]{3}|[\da-f]{6})$/i.exec(color || "") || [])[1];
    if (!hex) return null;
    const full = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
    const [r, g, b] = [0, 2, 4].map((at) => {
      const part = parseInt(full.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
  }

  const locale = [...(navigator.languages || []), lang].find((name) => name.startsWith(lang));
  const clock = (at) =>
    new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(at);
  const day = (at) =>
    new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }).format(at);

  // ---------------------------------------------------------------- storage

  /** Session storage where the browser allows it, else memory: gone with the tab either way. */
  const memory = new Map();
  const store = {
    get(name) {
      try {
        const value = sessionStorage.getItem(`${TAG} ${base} ${name}`);
        if (value !== null) return value;
      } catch (blocked) { /* memory serves */ }
      return memory.has(name) ? memory.get(name) : null;
    },
    set(name, value) {
      memory.set(name, value);
      try { sessionStorage.setItem(`${TAG} ${base} ${name}`, value); } catch (blocked) { /* memory serves */ }
    },
    remove(name) {
      memory.delete(name);
      try { sessionStorage.removeItem(`${TAG} ${base} ${name}`); } catch (blocked) { /* memory served */ }
    },
  };

  // ---------------------------------------------------------------- transport

  const CALL_MS = 15000;
  const SILENT_MS = 40000;
  const FIRST_BYTE_MS = 8000;
  const POLL_MS = 4000;
  const HIDDEN_POLL_MS = 30000;
  const HIDE_AFTER_MS = 60000;
  const FRESH_MS = 10000;
  const STREAM_AGAIN_MS = 120000;
  const GONE = "not_signed_in"; // our own word: a proxy's 401 or 404 must not end a conversation

  /** The server said no; status 0 means that it could not be reached. */
  class Failure extends Error {
    constructor(status, code, wait) {
      super(code);
      this.status = status;
      this.code = code;
      this.wait = wait;
    }
  }

  async function request(method, path, { body, token, signal, last, accept } = {}) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    if (accept) headers.Accept = accept;
    if (last !== undefined) headers["Last-Event-ID"] = String(last);
    let response;
    try {
      response = await fetch(`${base}api/v1${path}`, {
        method, headers, signal, body: body && JSON.stringify(body),
        credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
      });
    } catch (unreachable) {
      throw new Failure(0, "unreachable");
    }
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    const wait = Number(response.headers.get("Retry-After")) * 1000;
    throw new Failure(response.status, (answer.error && answer.error.code) || "unknown", wait);
  }

  /** One call with a time limit; the answer is read by `read` within it. */
  async function call(method, path, details = {}, read = (response) => response.json()) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), CALL_MS);
    try {
      return await read(await request(method, path, { ...details, signal: abort.signal }));
    } catch (problem) {
      throw problem instanceof Failure ? problem : new Failure(0, "unreachable");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Keeps up with the events of one conversation: pages first, then a stream, else polling. */
  class Line {
    constructor(token, last, told) {
      this.token = token;
      this.last = last;
      this.told = told;
      this.open = true;
      this.failures = 0;
      this.noStreamUntil = 0;
      this.heard = 0;
      this.hiddenSince = 0;
      this.wake = () => {};
      this.abort = null;
      this.run();
    }

    close() {
      this.open = false;
      this.nudge(true);
    }

    /** The page is back: look for news at once, and do not trust a stream that was silent. */
    nudge(always) {
      this.hiddenSince = document.hidden ? this.hiddenSince || Date.now() : 0;
      if (document.hidden && !always) return;
      this.failures = 0;
      if (this.abort && (always || Date.now() - this.heard > FRESH_MS)) this.abort.abort();
      this.wake();
    }

    async run() {
      let first = this.last === 0;
      while (this.open) {
        try {
          await this.pages(first);
          first = false;
          this.failures = 0;
          this.told.connected(true);
          if (!this.open) return;
          if (document.hidden && this.hiddenSince && Date.now() - this.hiddenSince > HIDE_AFTER_MS) {
            await this.pause(HIDDEN_POLL_MS);
          } else if (Date.now() < this.noStreamUntil) await this.pause(POLL_MS);
          else await this.stream();
        } catch (problem) {
          if (!this.open) return;
          if (problem.code === GONE) return this.told.gone();
          this.told.connected(false);
          this.failures += 1;
          await this.pause(Math.min(10000, 500 * 2 ** this.failures) * (0.75 + Math.random() / 2));
        }
      }
    }

    async pages(first) {
      for (;;) {
        const page = await call("GET", `/events?after=${this.last}`, { token: this.token });
        this.heard = Date.now();
        if (!this.open) return;
        this.hear(page.events, first);
        if (!page.events.length) return;
      }
    }

    hear(events, history) {
      const fresh = events.filter((event) => event.seq > this.last);
      if (!fresh.length) return;
      this.last = fresh[fresh.length - 1].seq;
      this.told.events(fresh, history);
    }

    /** Returns when the stream ends; a proxy that holds it back means polling for a while. */
    async stream() {
      this.abort = new AbortController();
      let timer = setTimeout(() => this.abort.abort(), FIRST_BYTE_MS);
      let bytes = 0;
      try {
        const response = await request("GET", "/events/stream", {
          token: this.token, last: this.last, accept: "text/event-stream", signal: this.abort.signal,
        });
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        let text = "";
        for (;;) {
          const { value, done } = await reader.read();
          if (done || !this.open) return;
          bytes += value.length;
          this.heard = Date.now();
          clearTimeout(timer);
          timer = setTimeout(() => this.abort.abort(), SILENT_MS);
          const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
          text = blocks.pop();
          this.hear(blocks.map(parsed).filter(Boolean), false);
          if (document.hidden && this.hiddenSince && Date.now() - this.hiddenSince > HIDE_AFTER_MS) {
            this.abort.abort();
          }
        }
      } catch (problem) {
        if (problem instanceof Failure && problem.status) throw problem;
        if (!bytes) this.noStreamUntil = Date.now() + STREAM_AGAIN_MS;
      } finally {
        clearTimeout(timer);
        this.abort = null;
      }
    }

    pause(ms) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => { clearTimeout(timer); resolve(); };
      });
    }
  }

  function parsed(block) {
    const data = block.split("\n").filter((line) => line.startsWith("data:"));
    return data.length ? JSON.parse(data.map((line) => line.slice(5)).join("\n")) : null;
  }

  // ---------------------------------------------------------------- conversation

  const RETRY_MS = [1000, 2000, 4000, 8000, 10000];

  /** What is known: token, what is still to be sent, and the line to the server. */
  class Conversation {
    constructor(view) {
      this.view = view;
      this.token = store.get("token");
      this.consent = store.get("consent");
      this.queue = (store.get("queue") || "").split("\n").filter(Boolean).map((line) => JSON.parse(line));
      this.line = null;
      this.last = 0;
      this.flushing = false;
      this.retries = 0;
      this.timer = 0;
      this.tabs = this.otherTabs();
    }

    /** Other tabs of this site share the conversation while one of them is open. */
    otherTabs() {
      try {
        const channel = new BroadcastChannel(`${TAG} ${base}`);
        channel.onmessage = ({ data }) => {
          if (data.ask && this.token) this.share();
          if (data.ended) this.nudge(true);
          if (data.token && !this.token && !this.queue.length) {
            this.agree(data.consent);
            this.open(data.token);
          }
        };
        return channel;
      } catch (unsupported) {
        return { postMessage() {} };
      }
    }

    share() {
      this.tabs.postMessage({ token: this.token, consent: this.consent });
    }

    connect() {
      if (this.token) this.open(this.token);
      else this.tabs.postMessage({ ask: true });
      for (const item of this.queue) this.view.pending(item);
      if (this.queue.length && this.consent) this.flush();
    }

    disconnect() {
      clearTimeout(this.timer);
      if (this.line) this.line.close();
      this.line = null;
    }

    agree(version) {
      this.consent = version;
      store.set("consent", version);
      this.view.agreed();
    }

    open(token) {
      if (token !== this.token) this.last = 0;
      this.token = token;
      store.set("token", token);
      if (this.line) this.line.close();
      this.line = new Line(token, this.last, {
        events: (events, history) => this.heard(events, history),
        connected: (yes) => {
          this.view.connected(yes);
          if (yes && this.queue.length) this.flush();
        },
        gone: () => this.gone(),
      });
    }

    heard(events, history) {
      this.last = events[events.length - 1].seq;
      const known = new Set(events.map((event) => event.speaker === "patient" && event.id));
      if (this.queue.some((item) => known.has(item.id))) {
        this.queue = this.queue.filter((item) => !known.has(item.id));
        this.save();
      }
      this.view.events(events, history);
    }

    say(item) {
      const queued = { id: uuid(), at: Date.now(), ...item };
      this.queue.push(queued);
      this.save();
      this.view.pending(queued);
      this.retries = 0;
      this.flush();
    }

    save() {
      // Line by line: old libraries change how JSON.stringify writes arrays.
      const lines = this.queue.map((item) => JSON.stringify(item));
      if (lines.length) store.set("queue", lines.join("\n"));
      else store.remove("queue");
    }

    retry() {
      this.retries = 0;
      for (const item of this.queue) item.later = 0;
      this.flush();
    }

    /** Send what waits, one after the other; stop at the first that does not get through.
     * One that came too fast waits its time, and those behind it go on: they may be urgent. */
    async flush() {
      if (this.flushing) return;
      this.flushing = true;
      clearTimeout(this.timer);
      try {
        if (!this.token) await this.start();
        const due = (item) => !(item.later > Date.now());
        for (let item; (item = this.queue.find(due));) await this.send(item);
        this.retries = 0;
        const next = Math.min(...this.queue.map((item) => item.later));
        if (this.queue.length) this.timer = setTimeout(() => this.flush(), next - Date.now());
        if (this.line) this.line.wake();
      } catch (problem) {
        this.failed(problem);
      } finally {
        this.flushing = false;
      }
    }

    async start() {
      for (const item of this.queue) this.view.state(item.id, "sending");
      const body = { locale: lang, notice: this.consent };
      const { token } = await call("POST", "/conversations", { body });
      this.open(token);
      this.share();
    }

    async send(item) {
      this.view.state(item.id, "sending");
      const body = item.reply ? { id: item.id, reply: item.reply } : { id: item.id, text: item.text };
      try {
        const { seq } = await call("POST", "/messages", { body, token: this.token });
        this.view.state(item.id, "stored", seq);
      } catch (problem) {
        if (problem.status === 429 && problem.wait > 0) {
          item.later = Date.now() + problem.wait;
          return this.view.state(item.id, "slow");
        }
        if (![400, 413, 415].includes(problem.status)) throw problem;
        this.view.state(item.id, "rejected");
      }
      this.queue = this.queue.filter((other) => other.id !== item.id);
      this.save();
    }

    failed(problem) {
      const slow = problem.wait > 0 && problem.status === 429;
      for (const item of this.queue) this.view.state(item.id, slow ? "slow" : "waiting");
      if (problem.code === GONE) return this.gone();
      const wait = slow ? problem.wait : RETRY_MS[Math.min(this.retries, RETRY_MS.length - 1)];
      this.retries += 1;
      this.timer = setTimeout(() => this.flush(), wait);
    }

    nudge(always) {
      if (this.line) this.line.nudge(always);
      else if (this.token && !document.hidden) this.open(this.token);
      if (this.queue.length && this.consent && !document.hidden) this.retry();
    }

    /** The token no longer works: ended, deleted, or moved to another device. */
    gone() {
      if (!this.token) return;
      this.forget();
      this.view.reset("gone");
      for (const item of this.queue) this.view.pending(item);
    }

    forget() {
      this.disconnect();
      this.token = this.consent = null;
      store.remove("token");
      store.remove("consent");
    }

    async end() {
      const { deleted, reference } = await call("DELETE", "/conversations/current", { token: this.token });
      this.queue = [];
      this.save();
      this.forget();
      this.tabs.postMessage({ ended: true });
      this.view.reset(deleted ? "deleted" : "kept", { reference });
    }

    async resume(code) {
      const { token } = await call("POST", "/conversations/resume", { body: { code } });
      this.view.reset(null);
      this.agree(SERVER.notice);
      this.open(token);
      this.share();
    }

    code() {
      return call("POST", "/conversations/current/code", { token: this.token });
    }

    file() {
      return call("GET", "/conversations/current/transcript", { token: this.token },
        (response) => response.blob());
    }
  }

  // ---------------------------------------------------------------- view: one message

  /** One message on the screen; `seq` is Infinity until the server gave it a number. */
  class Bubble {
    constructor(event, { pending, fresh, actions }) {
      this.event = event;
      this.id = event.id;
      this.seq = pending ? Infinity : event.seq;
      this.at = new Date(event.at);
      this.actions = actions;
      this.group = null;
      const own = event.speaker === "patient";
      const level = event.alert ? ` alert ${event.alert}` : "";
      this.status = own ? make("span", { class: "state" }) : null;
      this.node = make(
        "div",
        {
          class: `message ${event.speaker}${level}`,
          role: fresh && event.alert ? "alert" : null,
          "aria-live": own ? "off" : null,
        },
        this.head(),
        ...this.body(),
        this.foot(),
      );
    }

    head() {
      const { speaker, alert, nurse } = this.event;
      const who = make("span", { class: "who" }, words[speaker] || speaker);
      const note = make("span", { class: "note" });
      if (speaker === "nurse") {
        who.textContent = (nurse && nurse.name) || words.nurse;
        note.textContent = `${roleOf(nurse)}, ${t("nurseNote")}`;
      } else if (speaker === "assistant") note.textContent = t("assistantNote");
      const level = alert && make("strong", { class: "level" }, icon("warn"),
        t(alert === "emergency" ? "alertEmergency" : "alertUrgent"));
      return make("p", { class: "head" }, level, speaker === "nurse" && icon("person"), who,
        note.textContent ? note : null);
    }

    body() {
      const { text, alert, source } = this.event;
      const shown = make("div", { class: "text", dir: "auto" }, ...linked(text));
      const clinicCall = alert && phone && dial(phone, t("callClinic", { number: phone }), { class: "call" });
      const parts = alert === "emergency" ? [emergencyCall(), shown, clinicCall] : [clinicCall, shown];
      if (!alert && (text.length > FOLD_CHARS || text.split("\n").length > FOLD_LINES)) {
        parts.push(this.folding(shown));
      }
      if (alert === "urgent") parts.push(emergencyCall());
      if (source) parts.push(sourceLine(source));
      return parts;
    }

    folding(shown) {
      shown.classList.add("folded");
      return button(t("more"), ({ currentTarget }) => {
        const folded = shown.classList.toggle("folded");
        currentTarget.setAttribute("aria-expanded", String(!folded));
        currentTarget.textContent = t(folded ? "more" : "less");
      }, { class: "plain", "aria-expanded": "false" });
    }

    foot() {
      const time = make("time", { datetime: this.at.toISOString() }, clock(this.at));
      return make("p", { class: "foot" }, time, this.status);
    }

    /** sending, stored, waiting (not sent yet), slow (too many at once) or rejected. */
    state(name) {
      // While it is tried again and again, the help beside it stays.
      if (this.group && name === "sending") return fill(this.status, t(name));
      const known = name === "sending" || name === "stored";
      this.node.dataset.state = name;
      fill(this.status, t(known ? name : "notSent"));
      if (this.group && !this.group.contains(this.node.getRootNode().activeElement)) {
        this.group.remove();
        this.group = null;
      }
      if (!known) this.trouble(name);
    }

    trouble(name) {
      if (this.group) this.group.remove();
      const help = phone && dial(phone, t("waitingCall", { number: phone }), { class: "help" });
      const act = name === "rejected"
        ? button(t("edit"), () => this.actions.edit(this))
        : button(t("retry"), () => this.actions.retry());
      this.group = make("div", { class: "trouble" },
        make("p", {}, t(name)), help, act);
      this.node.append(this.group);
    }

    /** The buttons of this message; used ones stay where they are, so that focus is not lost. */
    replies(choose) {
      const items = this.event.quick_replies || [];
      if (!items.length) return;
      this.choices = make("div", { class: "replies", role: "group", "aria-label": t("replies") },
        ...items.map(({ key, title }) => button(title, ({ currentTarget }) => {
          if (this.choices.dataset.past) return;
          currentTarget.setAttribute("aria-pressed", "true");
          choose(key, title);
        }, { dir: "auto" })));
      this.node.append(this.choices);
    }

    past() {
      if (!this.choices || this.choices.dataset.past) return;
      this.choices.dataset.past = "1";
      for (const item of this.choices.children) {
        item.setAttribute("aria-disabled", "true");
        if (item.getAttribute("aria-pressed") !== "true") item.hidden = true;
      }
    }
  }

  const roleOf = (nurse) => (nurse && (words.roles[nurse.role] || nurse.role)) || words.roles.nurse;

  /** One tap to the configured emergency number; without one, words, never a guess. */
  const emergencyCall = () => (emergency
    ? dial(emergency, t("call", { number: emergency }), { class: "call strong" })
    : make("p", { class: "call strong" }, t("callLocal")));

  /** Where an answer stands in the guide, one line that unfolds. */
  function sourceLine(source) {
    const title = source.title || capital((source.section || "").replace(/_/g, " "));
    const rows = [
      [t("sourceGuide"), [source.guide, source.version].filter(Boolean).join(", ")],
      [t("sourceSection"), title],
      [t("sourcePassages"), (source.passages || []).join(", ")],
    ];
    const list = make("dl", {}, ...rows.filter((row) => row[1])
      .flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
    const draft = source.draft || source.state === "draft" ? make("p", {}, t("draft")) : null;
    return make("details", { class: "source" },
      make("summary", {}, `${t("source")}: ${title}`), list, draft);
  }

  // ---------------------------------------------------------------- view: the window

  /** Everything that is seen, in one shadow root. */
  class View {
    constructor(root) {
      this.root = root;
      this.bubbles = [];
      this.unread = 0;
      this.opener = null;
      this.wanted = null;
      this.typing = new Map();
      this.build();
      this.conversation = new Conversation(this);
      this.listen();
      this.screen();
    }

    build() {
      this.count = make("span", { class: "count", hidden: true });
      this.launcher = button("", () => this.show(), {
        class: "launcher", "aria-expanded": "false", "aria-controls": "panel",
      });
      this.launcher.append(icon("chat"), make("span", {}, options.title || t("launcher")), this.count);
      this.status = make("div", { class: "unseen", role: "status" });
      this.log = make("div", {
        class: "log", role: "log", "aria-label": t("log"), "aria-live": "polite",
        "aria-relevant": "additions",
      });
      this.about = make("div", { class: "about" });
      this.indicator = make("p", { class: "typing", hidden: true }, t("typing"),
        make("i", {}), make("i", {}), make("i", {}));
      this.scroller = make("div", { class: "scroller", tabindex: "0", role: "group", "aria-label": t("log") },
        this.about, this.log, this.indicator);
      this.jump = button("", () => this.toEnd(), { class: "jump", hidden: true });
      this.jump.append(icon("down"), t("newMessages"));
      this.sheet = make("div", { class: "sheet", hidden: true, role: "group" });
      this.trouble = make("p", { class: "offline", hidden: true });
      this.present = make("p", { class: "present", hidden: true });
      this.panel = make("div", {
        id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true,
      }, this.header(), this.emergencyLine(), this.menu, this.trouble, this.present, this.scroller, this.jump,
      this.sheet, this.composer());
      this.wrap = make("div", {
        class: "wrap", lang, dir: options.dir || null,
        "data-position": options.position === "left" ? "left" : "right",
      }, this.launcher, this.panel, this.status);
      const dark = matchMedia("(prefers-color-scheme: dark)");
      dark.onchange = () => {
        const own = options.theme === "light" || options.theme === "dark";
        this.wrap.dataset.theme = own ? options.theme : (dark.matches && "dark") || "light";
      };
      dark.onchange();
      const text = onColor(options.color);
      if (text) {
        this.wrap.style.setProperty("--brand", options.color);
        this.wrap.style.setProperty("--on-brand", text);
      }
      this.root.append(this.wrap);
    }

    header() {
      this.title = make("h2", { id: "title", tabindex: "-1" }, options.title || t("title"));
      this.menuButton = button("", () => this.toggleMenu(), {
        class: "icon", "aria-label": t("menu"), "aria-expanded": "false", "aria-controls": "menu",
      });
      this.menuButton.append(icon("menu"));
      const close = button("", () => this.hide(), { class: "icon close", "aria-label": t("close") });
      close.append(icon("close"));
      const item = (key, act) => button(t(key), () => { this.toggleMenu(false); act(); });
      this.ownItems = [
        item("save", () => this.saveFile()),
        item("moveOut", () => this.moveOut()),
        item("end", () => this.askEnd()),
      ];
      this.menu = make("div", { id: "menu", class: "menu", hidden: true },
        ...this.ownItems.slice(0, 2), item("moveIn", () => this.moveIn()), this.ownItems[2]);
      return make("div", { class: "header" },
        make("div", { class: "titles" }, this.title, make("p", {}, t("subtitle"))),
        this.menuButton, close);
    }

    /** Always there and the same, server or no server. */
    emergencyLine() {
      const own = phone && make("span", { class: "own" }, `${capital(clinic)}${lang === "fr" ? "\u00a0" : ""}: `,
        dial(phone, phone, { class: "number" }), SERVER.hours && " ", SERVER.hours && make("span", {}, `(${SERVER.hours})`));
      this.help = make("div", { class: "helpline" },
        make("div", { class: "first" }, icon("warn"), make("span", {}, t("emergencyLine")), emergencyCall()), own);
      return this.help;
    }

    composer() {
      this.input = make("textarea", {
        id: "input", rows: "1", dir: "auto", placeholder: t("placeholder"), enterkeyhint: "send",
        autocomplete: "off",
        oninput: () => this.typed(),
        onkeydown: (event) => {
          const touch = matchMedia("(pointer: coarse)").matches;
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch) return;
          event.preventDefault();
          this.submit();
        },
      });
      this.inputError = make("p", { class: "error", id: "error", role: "alert" });
      const send = make("button", { class: "send", type: "submit", "aria-label": t("send") }, icon("send"));
      this.nurse = button("", () => this.ask({ reply: "nurse", text: t("nurse_button") }), { class: "nurse-button" });
      this.nurse.append(icon("person"), t("nurse_button"));
      this.form = make("form", {
        class: "form",
        onsubmit: (event) => { event.preventDefault(); this.submit(); },
      }, make("label", { class: "unseen", for: "input" }, t("input")), this.input, send);
      this.agreeButton = button(t("agree"), () => this.agree(), { class: "agree" });
      this.consentBox = make("div", { class: "consent" }, make("p", {}, t("consent")), this.agreeButton);
      return make("div", { class: "composer" }, this.nurse, this.consentBox, this.inputError, this.form);
    }

    listen() {
      this.wrap.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        if (!this.menu.hidden) this.toggleMenu(false, true);
        else if (!this.sheet.hidden) this.closeSheet();
        else if (!this.panel.hidden) this.hide();
      });
      // What is typed here is no business of the page, and its shortcuts are none of ours.
      for (const name of ["keydown", "keyup", "keypress", "input", "beforeinput", "paste", "copy",
        "cut", "focusin", "focusout", "compositionstart", "compositionend"]) {
        this.wrap.addEventListener(name, (event) => event.stopPropagation());
      }
      this.scroller.addEventListener("scroll", () => {
        if (this.atEnd()) this.jump.hidden = true;
      }, { passive: true });
      // The keyboard of an iPhone covers the page instead of making it smaller.
      const seen = window.visualViewport;
      if (seen) seen.onresize = seen.onscroll = () => this.fit(seen);
      const here = () => this.root.host.isConnected;
      const look = () => here() && this.conversation.nudge(false);
      const lookNow = () => here() && this.conversation.nudge(true);
      for (const [target, name, handler] of [
        [document, "visibilitychange", look],
        [window, "online", lookNow],
        [window, "offline", () => this.connected(false)],
        [window, "focus", look],
        [window, "pageshow", (event) => event.persisted && lookNow()],
        [window, "pagehide", () => this.conversation.disconnect()],
        [document, "click", (event) => this.hostClick(event)],
      ]) target.addEventListener(name, handler);
    }

    /** On a phone the window is as high as what the keyboard leaves free. */
    fit({ height, offsetTop, scale }) {
      const covered = scale < 1.1 && innerHeight - height > 60;
      const near = this.atEnd();
      this.panel.toggleAttribute("data-low", covered);
      this.panel.style.setProperty("--seen", covered ? `${height}px` : "auto");
      this.panel.style.setProperty("--from", covered ? `${offsetTop}px` : "0");
      if (near && this.bubbles.length) this.toEnd();
    }

    /** A clinic's own button opens the window: any element with data-assistant-open. */
    hostClick(event) {
      const target = event.target.closest && event.target.closest("[data-assistant-open]");
      if (!target) return;
      event.preventDefault();
      this.show();
    }

    /** Above everything on the page, whatever it does to its own elements. */
    lift() {
      if (!this.wrap.showPopover) return;
      this.wrap.popover = "manual";
      this.wrap.showPopover();
    }

    // -- first screen

    screen() {
      const agreed = Boolean(this.conversation.consent);
      this.form.hidden = !agreed;
      this.consentBox.hidden = agreed;
      this.agreeButton.textContent = t("agree");
      fill(this.about, ...this.introduction(), ...(agreed ? [] : [this.privacy()]), this.suggestions());
      this.input.value = store.get("draft") || "";
      this.resize();
    }

    introduction() {
      return [
        make("p", { class: "what" }, t("what")),
        make("p", { class: "limits" }, icon("warn"), make("span", {}, t("limits"))),
      ];
    }

    privacy() {
      const policy = options.privacyUrl || SERVER.privacy;
      const link = policy && make("p", {}, make("a", {
        href: policy, target: "_blank", rel: "noopener noreferrer",
      }, t("privacyLink")));
      return make("div", { class: "privacy", role: "group", "aria-labelledby": "privacy" },
        make("h3", { id: "privacy" }, t("privacyTitle")),
        make("p", {}, t("privacyShort")),
        make("details", {}, make("summary", {}, t("privacyMore")),
          make("ul", {}, ...words.privacy.map((line) => make("li", {}, line.replace("{clinic}", clinic)))),
          link, make("p", { class: "note" }, t("version", { code: SERVER.notice }))));
    }

    suggestions() {
      this.chips = make("div", { class: "replies", role: "group", "aria-labelledby": "common" },
        ...words.questions.map((text) => button(text, () => this.ask({ text }))));
      this.common = make("div", { class: "common" },
        make("p", { id: "common" }, t("suggestions")), this.chips);
      this.common.hidden = this.bubbles.length > 0;
      return this.common;
    }

    /** Before consent a question is kept and named on the button that agrees. */
    ask(item) {
      if (this.conversation.consent) return this.say(item);
      this.wanted = item;
      this.agreeButton.textContent = t("agreeAsk", { question: item.text });
      for (const chip of this.chips.children) {
        chip.setAttribute("aria-pressed", String(chip.textContent === item.text));
      }
      this.agreeButton.focus();
    }

    agree() {
      const wanted = this.wanted;
      this.wanted = null;
      this.conversation.agree(SERVER.notice);
      if (wanted) this.say(wanted);
      else if (this.conversation.queue.length) this.conversation.flush();
      this.focusInput();
    }

    agreed() {
      this.screen();
    }

    /** Back to the first screen, with what happened to the conversation. */
    reset(key, values) {
      for (const bubble of this.bubbles) bubble.node.remove();
      this.bubbles = [];
      fill(this.log);
      this.typing.clear();
      this.showTyping();
      this.present.hidden = true;
      this.help.classList.remove("hot");
      this.closeSheet();
      this.screen();
      if (!key) return;
      const text = t(key, values);
      this.about.prepend(make("p", { class: "ended" }, text));
      this.scroller.scrollTop = 0;
      this.tell(text);
    }

    // -- opening and closing

    show(quietly) {
      if (!this.panel.hidden) return;
      this.opener = this.root.ownerDocument.activeElement;
      this.panel.hidden = false;
      this.launcher.hidden = true;
      this.launcher.setAttribute("aria-expanded", "true");
      this.setUnread(0);
      if (!this.bubbles.length) this.scroller.scrollTop = 0;
      else this.toEnd();
      this.resize();
      if (!quietly) this.focusInput();
    }

    hide() {
      this.toggleMenu(false);
      this.panel.hidden = true;
      this.launcher.hidden = false;
      this.launcher.setAttribute("aria-expanded", "false");
      const own = this.opener && this.opener.hasAttribute("data-assistant-open");
      (own && this.opener.isConnected ? this.opener : this.launcher).focus();
    }

    /** The text box, except where that would open a keyboard over the conversation. */
    focusInput() {
      const touch = matchMedia("(pointer: coarse)").matches;
      (this.form.hidden || touch ? this.title : this.input).focus({ preventScroll: true });
    }

    // -- writing

    typed() {
      this.inputError.textContent = "";
      store[this.input.value ? "set" : "remove"]("draft", this.input.value);
      this.resize();
    }

    resize() {
      this.input.style.height = "auto";
      if (this.input.scrollHeight) this.input.style.height = `${this.input.scrollHeight + 2}px`;
    }

    submit() {
      const text = this.input.value;
      const count = [...text].length;
      if (!text.trim()) return;
      if (count > SERVER.maxChars) {
        this.inputError.textContent = t("tooLong", { count, max: SERVER.maxChars });
        return;
      }
      this.input.value = "";
      this.typed();
      this.say({ text });
    }

    say(item) {
      this.conversation.say(item);
      this.toEnd();
    }

    edit(bubble) {
      this.input.value = bubble.event.text;
      this.typed();
      bubble.node.remove();
      this.bubbles = this.bubbles.filter((other) => other !== bubble);
      this.input.focus();
    }

    // -- what the conversation tells

    pending(item) {
      const event = { id: item.id, at: item.at, speaker: "patient", text: item.text };
      const bubble = this.insert(event, { pending: true });
      bubble.state("sending");
    }

    state(id, name, seq) {
      const bubble = this.bubbles.find((other) => other.id === id);
      if (!bubble || bubble.seq !== Infinity) return;
      const near = this.atEnd();
      if (name === "stored") this.stored(bubble, seq);
      else bubble.state(name);
      if (near) this.toEnd();
      if (name !== "sending") this.tell(t(name));
    }

    /** Heard from the request's answer or from the stream, whichever is first: both say it. */
    stored(bubble, seq) {
      bubble.state("stored");
      this.place(bubble, seq);
      this.expect(bubble.id);
    }

    events(events, history) {
      const busy = history || events.length > 20;
      if (busy) this.log.setAttribute("aria-busy", "true");
      for (const event of events) {
        if (event.type === "message") this.message(event, !busy);
        else if (event.type === "turn_done") this.done(event.in_reply_to);
      }
      if (busy) {
        this.toEnd();
        setTimeout(() => this.log.removeAttribute("aria-busy"), 100);
      }
    }

    message(event, fresh) {
      const known = event.id && this.bubbles.find((other) => other.id === event.id);
      if (known) {
        if (known.seq === Infinity) this.state(event.id, "stored", event.seq);
        return;
      }
      const near = fresh && this.atEnd();
      const bubble = this.insert(event, { fresh });
      if (event.speaker === "patient") {
        bubble.state("stored");
        if (Date.now() - bubble.at < TYPING_MS) this.expect(event.id);
      } else if (fresh) this.arrived(bubble, near);
      this.follow(event);
    }

    /** What a message changes around it. */
    follow({ speaker, alert, nurse, at }) {
      if (alert === "emergency" && Date.now() - Date.parse(at) < HOT_MS) this.help.classList.add("hot");
      if (speaker === "nurse") {
        const name = (nurse && nurse.name) || words.nurse;
        fill(this.present, icon("person"),
          make("span", {}, t("nursePresent", { name, role: roleOf(nurse) })));
        this.typing.clear();
        this.showTyping();
      }
      if (speaker !== "patient") this.present.hidden = speaker !== "nurse";
    }

    arrived(bubble, near) {
      const { speaker, alert } = bubble.event;
      if (this.panel.hidden) {
        if (alert) this.show(true);
        else {
          this.setUnread(this.unread + 1);
          return;
        }
      }
      if (alert) this.toStart(bubble);
      else if (near) this.toStart(bubble, true);
      else this.jump.hidden = speaker === "patient";
    }

    insert(event, how) {
      const actions = { retry: () => this.conversation.retry(), edit: (bubble) => this.edit(bubble) };
      const bubble = new Bubble(event, { ...how, actions });
      if (event.speaker === "patient") this.bubbles.forEach((other) => other.past());
      bubble.replies((key, title) => this.say({ reply: key, text: title }));
      this.put(bubble);
      if (this.common) this.common.hidden = true;
      return bubble;
    }

    put(bubble) {
      let at = this.bubbles.length;
      while (at && this.bubbles[at - 1].seq > bubble.seq) at -= 1;
      const next = this.bubbles[at];
      this.log.insertBefore(bubble.node, next ? next.node.previousDay || next.node : null);
      this.bubbles.splice(at, 0, bubble);
      this.dayLine(bubble, this.bubbles[at - 1]);
    }

    /** A pending message got its number; it is moved only when others came in between. */
    place(bubble, seq) {
      bubble.seq = seq;
      const at = this.bubbles.indexOf(bubble);
      const before = this.bubbles[at - 1];
      const after = this.bubbles[at + 1];
      if ((!before || before.seq < seq) && (!after || after.seq > seq)) return;
      this.bubbles.splice(at, 1);
      this.put(bubble);
    }

    dayLine(bubble, before) {
      const text = day(bubble.at);
      if (bubble.node.previousDay || (before ? day(before.at) === text : text === day(new Date()))) return;
      bubble.node.previousDay = make("p", { class: "day", "aria-live": "off" }, text);
      this.log.insertBefore(bubble.node.previousDay, bubble.node);
    }

    expect(id) {
      clearTimeout(this.typing.get(id));
      if (!this.present.hidden) return;
      this.typing.set(id, setTimeout(() => this.done(id), TYPING_MS));
      this.showTyping();
    }

    done(id) {
      clearTimeout(this.typing.get(id));
      this.typing.delete(id);
      this.showTyping();
    }

    showTyping() {
      const near = this.atEnd();
      this.indicator.hidden = !this.typing.size;
      if (near && this.typing.size) this.toEnd();
    }

    connected(yes) {
      if (yes && navigator.onLine === false) return;
      this.trouble.textContent = yes ? "" : t("offline");
      this.trouble.hidden = yes;
    }

    tell(text) {
      this.status.textContent = text;
    }

    setUnread(count) {
      this.unread = count;
      this.count.hidden = !count;
      this.count.textContent = count ? t("unread", { count }) : "";
      if (count) this.tell(t("unread", { count }));
    }

    // -- scrolling, always inside the window

    /** What scrolls: the messages, or the whole window where it is too low for that. */
    pane() {
      return getComputedStyle(this.panel).overflowY === "auto" ? this.panel : this.scroller;
    }

    atEnd() {
      const { scrollHeight, scrollTop, clientHeight } = this.pane();
      return scrollHeight - scrollTop - clientHeight < 90;
    }

    toEnd() {
      const last = this.bubbles[this.bubbles.length - 1];
      if (last && last.event.speaker !== "patient") this.toStart(last, true);
      else this.pane().scrollTop = this.pane().scrollHeight;
      this.jump.hidden = true;
    }

    /** The beginning of a message in view; `low` keeps it at the end when it fits. */
    toStart(bubble, low) {
      const pane = this.pane();
      const away = bubble.node.getBoundingClientRect().top - pane.getBoundingClientRect().top;
      const top = away + pane.scrollTop - 8;
      const end = pane.scrollHeight - pane.clientHeight;
      pane.scrollTop = low ? Math.min(top, end) : top;
    }

    // -- the menu and what it opens

    toggleMenu(open = this.menu.hidden, focus = false) {
      for (const item of this.ownItems) item.hidden = !this.conversation.token;
      this.menu.hidden = !open;
      this.menuButton.setAttribute("aria-expanded", String(open));
      if (focus) this.menuButton.focus();
    }

    openSheet(title, ...content) {
      const heading = make("h3", { id: "sheet", tabindex: "-1" }, title);
      this.sheet.setAttribute("aria-labelledby", "sheet");
      fill(this.sheet, heading, ...content.filter(Boolean));
      this.sheet.hidden = false;
      heading.focus();
    }

    closeSheet() {
      if (this.sheet.hidden) return;
      const inside = this.sheet.contains(this.root.activeElement);
      this.sheet.hidden = true;
      fill(this.sheet);
      if (inside) this.menuButton.focus();
    }

    back(text = t("cancel")) {
      return button(text, () => this.closeSheet());
    }

    /** Shows `failed` in the sheet when the action does not get through. */
    async attempt(failed, action) {
      try {
        await action();
      } catch (problem) {
        this.openSheet(failed, make("div", { class: "row" }, this.back()));
      }
    }

    saveFile() {
      return this.attempt(t("saveFailed"), async () => {
        const urls = window.webkitURL || URL;
        const href = urls.createObjectURL(await this.conversation.file());
        const name = `conversation-${new Date().toISOString().slice(0, 10)}.txt`;
        const link = make("a", { href, download: name, hidden: true });
        this.wrap.append(link);
        link.click();
        link.remove();
        setTimeout(() => urls.revokeObjectURL(href), 60000);
        this.tell(t("saved"));
      });
    }

    moveOut() {
      return this.attempt(t("notSent"), async () => {
        const { code, expires_at: until } = await this.conversation.code();
        this.openSheet(t("moveCode"), make("p", { class: "code" }, code),
          make("p", {}, t("moveUntil", { time: clock(new Date(until)) })),
          make("div", { class: "row" }, this.back()));
      });
    }

    moveIn() {
      const input = make("input", {
        id: "code", autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false",
      });
      const error = make("p", { class: "error", role: "alert" });
      const form = make("form", {
        onsubmit: async (event) => {
          event.preventDefault();
          error.textContent = "";
          try {
            await this.conversation.resume(input.value);
            this.closeSheet();
            this.focusInput();
          } catch (problem) {
            error.textContent = t(problem.status === 404 ? "codeWrong" : "notSent");
          }
        },
      }, make("label", { for: "code" }, t("codeLabel")), input, error,
      make("div", { class: "row" }, make("button", { class: "agree", type: "submit" }, t("codeGo")), this.back()));
      this.openSheet(t("moveIn"), make("p", {}, t("consent")), form);
      input.focus();
    }

    askEnd() {
      const yes = button(t("endYes"), () => this.attempt(t("endFailed"), async () => {
        await this.conversation.end();
        this.title.focus();
      }), { class: "danger" });
      this.openSheet(t("endAsk"), make("div", { class: "row" }, yes, this.back(t("endNo"))));
    }
  }

  // ---------------------------------------------------------------- the element

  function style(root) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(SERVER.css);
      root.adoptedStyleSheets = [sheet];
    } catch (old) {
      root.append(make("link", { rel: "stylesheet", href: `${base}widget.css` }));
    }
  }

  class Assistant extends HTMLElement {
    connectedCallback() {
      if (this.view) {
        this.view.lift();
        return this.view.conversation.nudge(true);
      }
      const root = this.attachShadow({ mode: "open" });
      style(root);
      this.view = new View(root);
      this.view.lift();
      this.view.conversation.connect();
      if (options.open === "true") this.view.show(true);
    }

    disconnectedCallback() {
      this.view.conversation.disconnect();
    }

    /** Opens the window, as a click on the launcher does. */
    open() {
      this.view.show();
    }

    close() {
      this.view.hide();
    }
  }

  // The same script twice on a page is one window; scripts of two servers are two.
  const here = [...document.documentElement.children]
    .some((node) => node.localName.startsWith(TAG) && node.dataset.from === base);
  if (here) return;
  let tag = TAG;
  for (let n = 2; customElements.get(tag); n += 1) tag = `${TAG}-${n}`;
  customElements.define(tag, Assistant);
  const element = document.createElement(tag);
  element.dataset.from = base;
  document.documentElement.append(element);
})();
