// Keys for the queue and the candidate page. Everything works without them, by links and forms.
"use strict";

(() => {
  const STORE = "csi-review-keys";
  const dialog = document.getElementById("keys");
  const toggle = document.getElementById("keys-on");
  const rows = Array.from(document.querySelectorAll("a[data-row]"));
  const choosing = document.getElementById("choosing");
  let last = null;

  const remembered = () => {
    try { return localStorage.getItem(STORE) !== "off"; } catch { return true; }
  };
  const remember = (on) => {
    try { localStorage.setItem(STORE, on ? "on" : "off"); } catch { /* private window */ }
  };

  const openHelp = () => { if (!dialog.open) dialog.showModal(); };
  const goTo = (selector) => {
    const link = document.querySelector(selector);
    if (link) link.click();
    return link !== null;
  };
  const here = () => {
    const row = document.activeElement && document.activeElement.closest("tr");
    const link = row && row.querySelector("a[data-row]");
    return link || last || rows[0];
  };
  const step = (by) => {
    const now = document.activeElement && document.activeElement.closest("tr");
    const at = now ? rows.findIndex((row) => now.contains(row)) : -1;
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
    if (rows[next]) {
      rows[next].focus();
      rows[next].scrollIntoView({ block: "nearest" });
    }
  };
  const move = (by) => {
    if (rows.length) step(by);
    else goTo(by > 0 ? "main a[rel=next]" : "main a[rel=prev]");
  };

  const boxes = () => Array.from(document.querySelectorAll("#choosing input[name=on]"));
  const chosen = () => boxes().filter((box) => box.checked).map((box) => box.value);
  const tell = () => {
    const line = document.getElementById("chosen");
    if (!line) return;
    line.dataset.none ||= line.textContent;
    const n = chosen().length;
    line.textContent = n ? `${n} chosen` : line.dataset.none;
    choosing.classList.toggle("some", n > 0);
  };
  const choose = () => {
    const link = here();
    const box = link && link.closest("tr").querySelector("input[name=on]");
    if (!box) return;
    box.checked = !box.checked;
    link.focus();
    tell();
  };

  // On the queue an action is done to what is chosen, else to the row at hand.
  const MANY = ["reject", "snooze", "merge", "assign", "comment", "accept-risk"];
  const act = (action) => {
    if (!choosing || choosing.dataset.of) return false;
    const link = here();
    let on = chosen();
    if (!on.length && link) on = [link.dataset.row];
    if (!on.length || !document.querySelector("#choosing .bulk")) return true;
    if (on.length > 1 && !MANY.includes(action)) on = [link.dataset.row];
    const query = new URLSearchParams({ action, then: "queue" });
    query.set("from", choosing.elements.namedItem("from").value);
    on.forEach((name) => query.append("on", name));
    location.assign(`/decide?${query}`);
    return true;
  };
  const does = (action, key) => () => { if (!act(action)) goTo(`main a[data-key="${key}"]`); };

  const single = {
    j: () => move(1),
    k: () => move(-1),
    o: () => { const link = rows.length ? here() : null; if (link) link.click(); },
    x: choose,
    a: does("accept", "a"),
    l: does("link", "l"),
    m: does("merge", "m"),
    p: does("split", "p"),
    r: does("reject", "r"),
    s: does("snooze", "s"),
    i: does("assign", "i"),
    c: does("comment", "c"),
    e: does("open-entry", "e"),
    v: does("ask-vendor", "v"),
    z: () => goTo('button[data-key="z"]'),
    u: () => goTo("a[data-back]"),
    "/": () => { const box = document.getElementById("q"); if (box) { box.focus(); box.select(); } },
    "?": openHelp,
  };
  const arrows = { ArrowDown: 1, ArrowUp: -1 };

  const isTyping = (target) =>
    target instanceof Element &&
    target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const button = document.querySelector("button[data-send]");
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !dialog.open && document.querySelector("form.act")) {
      goTo("a[data-back]");
      return;
    }
    if (dialog.open || isTyping(event.target)) return;
    const onRow = rows.includes(document.activeElement);
    if (event.key in arrows && onRow) {
      event.preventDefault();
      step(arrows[event.key]);
    } else if (toggle.checked && Object.hasOwn(single, event.key)) {
      event.preventDefault();
      single[event.key]();
    }
  });

  rows.forEach((row) => row.addEventListener("focus", () => { last = row; }));
  if (choosing) choosing.addEventListener("change", tell);
  tell();

  const links = document.querySelectorAll("ul.links input[name=link]");
  const count = document.getElementById("n-links");
  if (count) {
    document.querySelector("ul.links").addEventListener("change", () => {
      count.textContent = Array.from(links).filter((box) => box.checked).length;
    });
  }

  // Back from an action, the row to go on with is the one that the address names.
  const named = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (named && rows.includes(named)) named.focus();

  toggle.checked = remembered();
  toggle.addEventListener("change", () => remember(toggle.checked));
})();
