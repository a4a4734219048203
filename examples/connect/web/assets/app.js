// Every page works without this file, by reloading. It looks again while something is awaited, searches
// while one types, closes messages and keeps a double click from opening two tabs.
"use strict";

const byId = (id) => document.getElementById(id);
const announce = (text) => { byId("announce").textContent = text; };

async function read(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// swap takes an element's new content from a page, if it has changed. What is open stays open, what was
// typed stays typed, and the focus stays where it was.
const source = (e) => e.outerHTML.replaceAll(/ (open|autofocus)=""/g, "");
function swap(id, page) {
  const old = byId(id), fresh = page.getElementById(id);
  if (!fresh) return location.reload(); // signed out, or something went wrong
  if (source(old) === source(fresh)) return;
  for (const d of old.querySelectorAll("details[id]")) {
    const same = fresh.querySelector("#" + CSS.escape(d.id));
    if (same) same.open = d.open;
  }
  for (const typed of old.querySelectorAll("input[id]")) {
    const same = fresh.querySelector("#" + CSS.escape(typed.id));
    if (same) same.value = typed.value;
  }
  for (const f of fresh.querySelectorAll("[autofocus]")) f.autofocus = false;
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (focus) (byId(focus.id) || fresh.querySelector("a, button, summary") || byId("main")).focus({ preventScroll: true });
  announce(fresh.dataset.announce || "This page has changed.");
}

// look takes the live part of the overview from the server. The forms beside it are left alone.
let timer = 0;
async function look() {
  clearTimeout(timer);
  try {
    const page = await read("/");
    for (const id of ["live", "adding"]) swap(id, page);
  } catch {
    announce("The server does not answer. Trying again.");
  }
  later();
}
function later() {
  if (byId("live") && "poll" in byId("live").dataset && !document.hidden) timer = setTimeout(look, 2000);
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const form of document.forms) form.busy = false; // whoever comes back means the next click
  if (byId("live")) look();
});
window.addEventListener("focus", () => { if (byId("live")) look(); });

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("close" in form.dataset) {
    event.preventDefault();
    byId("notice").remove();
    byId("main").focus();
  }
  if ("once" in form.dataset) {
    if (form.busy) return event.preventDefault();
    form.busy = true;
    setTimeout(() => { form.busy = false; }, 1000);
  }
});

// search asks once typing pauses; an answer that comes too late is dropped.
for (const form of document.querySelectorAll("[data-search]")) {
  let pause = 0, asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(async () => {
      const mine = ++asked, url = form.action + "?" + new URLSearchParams(new FormData(form));
      const page = await read(url);
      if (mine !== asked) return;
      swap("results", page);
      history.replaceState(null, "", url);
    }, 250);
  });
}

if (byId("notice")) setTimeout(() => announce(byId("notice")?.querySelector("p").textContent || ""), 100);
if (location.search.startsWith("?after=")) history.replaceState(null, "", "/");
later();
