/* A live page changes under its reader: what was unfolded stays unfolded. */
"use strict";
(() => {
  const place = (fold) => fold.parentElement.textContent;
  let unfolded = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    unfolded = new Set([...event.detail.target.querySelectorAll("details[open]")].map(place));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const fold of event.detail.target.querySelectorAll("details")) fold.open = unfolded.has(place(fold));
  });
  /* One box ticks all of its page. */
  document.addEventListener("change", (event) => {
    const name = event.target.dataset.tickAll;
    if (!name) return;
    for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
  });
})();
