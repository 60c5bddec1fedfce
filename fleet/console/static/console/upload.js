/* A form with a file: it may be dropped, its bytes are counted as they go, and a refusal leaves the
   form as it is. Without this script the form works as any other. */
"use strict";
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const file = form.querySelector("input[type=file]");
  const drop = form.querySelector(".ef-drop");
  const shown = form.querySelector(".ef-progress");
  const bar = shown.querySelector("progress");
  const said = shown.querySelector("[role=status]");
  const button = form.querySelector("button.main");
  file.hasChangeListener = true; // the theme would look for a text field of its own beside it
  const mib = (bytes) => `${(bytes / 1048576).toFixed(1)} MiB`;

  // Where the sentence about a field stands, as the service places it.
  const placeOf = (field) => {
    const at = document.getElementById(field);
    const id = at ? `wrong-${field}` : "wrong-form";
    const found = document.getElementById(id);
    if (found) return found;
    const made = document.createElement("p");
    Object.assign(made, { id, className: "ef-refusal", hidden: true });
    made.setAttribute("role", "alert");
    if (at) at.after(made);
    else form.prepend(made);
    return made;
  };
  const tell = (field, message) => {
    const place = placeOf(field);
    place.textContent = message;
    place.hidden = false;
    const wrong = document.getElementById(field);
    if (!wrong) return;
    wrong.setAttribute("aria-invalid", "true");
    wrong.setAttribute("aria-describedby", place.id);
    wrong.focus();
  };
  const forget = () => {
    for (const place of form.querySelectorAll("[id^=wrong-]")) place.hidden = true;
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  };
  const rest = (message, field = "form") => {
    shown.hidden = true;
    button.disabled = false;
    button.textContent = "Upload";
    tell(field, message);
  };
  const fits = () => {
    const chosen = file.files[0];
    if (!chosen || chosen.size <= Number(file.dataset.limit)) return true;
    tell("file", `${chosen.name} has ${mib(chosen.size)}; at most ${mib(Number(file.dataset.limit))} are taken.`);
    return false;
  };

  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name !== "drop" || !event.dataTransfer.files.length) return;
      file.files = event.dataTransfer.files;
      file.dispatchEvent(new Event("change"));
    });
  }
  file.addEventListener("change", () => { forget(); fits(); });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    forget();
    if (!fits()) return;
    const call = new XMLHttpRequest();
    call.open("POST", form.action);
    call.setRequestHeader("Accept", "application/json");
    call.responseType = "json";
    call.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      said.textContent = loaded < total ? `${mib(loaded)} of ${mib(total)}` : "It is being looked at.";
    });
    call.addEventListener("load", () => {
      const answer = call.response || {};
      if (answer.goto) location.assign(answer.goto);
      else rest(answer.message || "The service gave no answer that can be read.", answer.field || "form");
    });
    call.addEventListener("error", () => rest("The connection broke off: nothing was stored. Try again."));
    shown.hidden = false;
    bar.value = 0;
    button.disabled = true;
    button.textContent = "Uploading";
    call.send(new FormData(form));
  });
})();
