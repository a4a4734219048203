// element makes an element; what it says goes in as text, never as markup.
export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== undefined && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function clock(at) {
  const node = element("time", "", new Date(at).toLocaleTimeString());
  node.dateTime = at;
  return node;
}

// raw shows a value as it is, folded.
export function raw(title, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return element("details", "", element("summary", "", title), element("pre", "", text));
}

function state(name, text) {
  byId("state").className = name;
  byId("state").textContent = text;
}

// watch calls refresh now and whenever something has changed: once at a time, and once more for what
// changes meanwhile.
export function watch(refresh) {
  let pending = false;
  let again = false;
  async function changed() {
    if (pending) {
      again = true;
      return;
    }
    pending = true;
    do {
      again = false;
      await refresh().catch(() => {});
      await new Promise((resume) => setTimeout(resume, 100));
    } while (again);
    pending = false;
  }
  const events = new EventSource("/_emulator/events");
  events.addEventListener("changed", changed);
  events.onopen = () => state("live", "live");
  events.onerror = () => state("lost", "connection lost");
}
