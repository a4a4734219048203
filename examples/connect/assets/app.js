// Every page works without this file, by reloading. It looks again while
// something is awaited, counts down, and searches while one types.
"use strict";

const every = 1500;
let timer = 0;
let tries = 0; // looks that are owed although nothing is awaited yet

const live = () => document.getElementById("live");
const later = () => { clearTimeout(timer); timer = setTimeout(look, every); };

// swap takes an element's new content from a page, unless a state says that it
// is the same.
function swap(id, page) {
  const old = document.getElementById(id), fresh = page.getElementById(id);
  if (!fresh) return location.reload(); // signed out, or something went wrong
  if (old.dataset.state !== undefined && old.dataset.state === fresh.dataset.state) return;
  const focus = old.contains(document.activeElement) && document.activeElement;
  if (focus && focus.matches("input")) return; // somebody is typing: the next look will do
  old.replaceWith(fresh);
  if (focus) document.getElementById("main").focus({ preventScroll: true });
  document.getElementById("announce").textContent = fresh.dataset.announce || "";
  countDown();
}

async function read(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function look() {
  tries--;
  try {
    swap("live", await read(location.href));
  } catch {
    document.getElementById("announce").textContent = "The server does not answer. Trying again.";
  }
  if (live() && ("poll" in live().dataset || tries > 0)) later();
}

// The tab that a form opens has to make its link before there is anything to see.
document.addEventListener("submit", (event) => {
  if ("waits" in event.target.dataset) { tries = 5; later(); }
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && live() && "poll" in live().dataset) look();
});

function countDown() {
  for (const shown of document.querySelectorAll("[data-left]")) {
    if (shown.until) continue;
    shown.until = performance.now() + shown.dataset.left * 1000;
    const tick = setInterval(() => {
      const left = Math.max(0, Math.round((shown.until - performance.now()) / 1000));
      shown.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
      if (left && shown.isConnected) return;
      clearInterval(tick);
      if (shown.isConnected) look();
    }, 500);
  }
}

// search asks once typing pauses; an answer that comes too late is dropped.
function search(form) {
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

for (const form of document.querySelectorAll("[data-search]")) search(form);
if (location.hash) { const d = document.querySelector("details" + location.hash); if (d) d.open = true; }
countDown();
if (live() && "poll" in live().dataset) later();
