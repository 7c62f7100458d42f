// Keys for the queue and the candidate page. Everything works without them, by its links.
"use strict";

(() => {
  const STORE = "csi-review-keys";
  const dialog = document.getElementById("keys");
  const toggle = document.getElementById("keys-on");
  const rows = Array.from(document.querySelectorAll("a[data-row]"));

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
  };
  const step = (by) => {
    const at = rows.indexOf(document.activeElement);
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

  const single = {
    j: () => move(1),
    k: () => move(-1),
    u: () => goTo("a[data-back]"),
    "/": () => { const box = document.getElementById("q"); if (box) { box.focus(); box.select(); } },
    "?": openHelp,
  };
  const arrows = { ArrowDown: 1, ArrowUp: -1 };

  const isTyping = (target) =>
    target instanceof Element && target.closest("input, select, textarea, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
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

  toggle.checked = remembered();
  toggle.addEventListener("change", () => remember(toggle.checked));
})();
