/* Files to REST, one after the other, each with its progress; one that failed can be sent again. */
"use strict";
(() => {
  // The theme would look for its own text field beside a file's; this tells it that it has been here.
  for (const input of document.querySelectorAll("form[data-upload] input[type=file]")) input.hasChangeListener = true;

  const key = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  const lineFor = (list, file) => {
    const line = document.createElement("li");
    const bar = document.createElement("progress");
    const words = document.createElement("span");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    words.textContent = ` ${file.name}: waits`;
    line.append(bar, words);
    list.append(line);
    return { line, bar, say: (text) => { words.textContent = ` ${file.name}: ${text}`; } };
  };

  const refusal = (request) => {
    try {
      return JSON.parse(request.responseText).detail || `refused (${request.status})`;
    } catch {
      return `refused (${request.status})`;
    }
  };

  // The same key each time: a file that arrived, with an answer that did not, is not there twice.
  const send = (form, file, shown, once) => new Promise((done) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file);
    request.open("POST", form.dataset.upload);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.setRequestHeader("Idempotency-Key", once);
    request.upload.onprogress = (event) => {
      shown.bar.value = event.loaded / event.total;
      shown.say(event.loaded < event.total ? `${Math.floor((100 * event.loaded) / event.total)} %` : "is being checked");
    };
    const again = (text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "ef-button";
      button.textContent = "Send again";
      button.onclick = () => { button.remove(); send(form, file, shown, once).then((good) => good && location.reload()); };
      shown.say(text);
      shown.line.append(" ", button);
      done(false);
    };
    request.onload = () => {
      if (request.status === 201) {
        shown.bar.value = 1;
        shown.say("stored");
        done(true);
      } else if (request.status >= 500) {
        again(`the service answered ${request.status}`);
      } else {
        shown.say(refusal(request));
        done(false);
      }
    };
    request.onerror = () => again("the connection broke");
    shown.say("0 %");
    request.send(body);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    const list = form.querySelector("ul");
    list.replaceChildren();
    const button = form.querySelector("button");
    button.disabled = true;
    const files = [...form.querySelector("input[type=file]").files].map((file) => [file, lineFor(list, file)]);
    let good = true;
    for (const [file, shown] of files) good = (await send(form, file, shown, key())) && good;
    button.disabled = false;
    if (good) location.reload();
  });
})();
