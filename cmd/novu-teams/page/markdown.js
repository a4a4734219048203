// Draws the Markdown that bots write in Teams, well enough to read it.

import { element } from "/_page/dom.js";

const inline = [
  [/`([^`]+)`/, (m) => element("code", "", m[1])],
  [/\[([^\]]+)\]\(([^)\s]+)\)/, (m) => link(m[2], ...spans(m[1]))],
  [/\*\*(.+?)\*\*/, (m) => element("strong", "", ...spans(m[1]))],
  [/__(.+?)__/, (m) => element("strong", "", ...spans(m[1]))],
  [/~~(.+?)~~/, (m) => element("s", "", ...spans(m[1]))],
  [/(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/, (m) => element("em", "", ...spans(m[1]))],
  [/(?<![\w_])_([^_\s][^_]*)_(?![\w_])/, (m) => element("em", "", ...spans(m[1]))],
  [/<at>(.*?)<\/at>/, (m) => element("strong", "", "@" + m[1])],
];

// link leads to a web page, and is text where it leads elsewhere.
export function link(address, ...children) {
  if (!/^https?:\/\//.test(address)) return element("span", "", ...children);
  const node = element("a", "", ...children);
  node.href = address;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return node;
}

export function spans(text) {
  let first;
  for (const [pattern, draw] of inline) {
    const match = pattern.exec(text);
    if (match && (!first || match.index < first.match.index)) first = { match, draw };
  }
  if (!first) return text ? [text] : [];
  const { match, draw } = first;
  return [text.slice(0, match.index), draw(match), ...spans(text.slice(match.index + match[0].length))].filter((part) => part !== "");
}

const list = (name, pattern) => ({ pattern, draw: (lines) => element(name, "", ...lines.map((l) => element("li", "", ...spans(l.replace(pattern, ""))))) });

const blocks = [
  list("ul", /^\s*[-*+] /),
  list("ol", /^\s*\d+[.)] /),
  { pattern: /^> ?/, draw: (lines) => element("blockquote", "", ...paragraphs(lines.map((l) => l.replace(/^> ?/, "")).join("\n"))) },
  { pattern: /^#{1,6} /, draw: (lines) => element("div", "", ...lines.map((l) => element("p", "bolder", ...spans(l.replace(/^#+ /, ""))))) },
];

// paragraphs draws text block by block.
function paragraphs(text) {
  const drawn = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; ) {
    if (lines[i].startsWith("```")) {
      const end = lines.findIndex((l, n) => n > i && l.startsWith("```"));
      const last = end < 0 ? lines.length : end;
      drawn.push(element("pre", "", lines.slice(i + 1, last).join("\n")));
      i = last + 1;
      continue;
    }
    if (!lines[i].trim()) {
      i++;
      continue;
    }
    const kind = blocks.find((b) => b.pattern.test(lines[i]));
    const from = i;
    const stays = (line) => (kind ? kind.pattern.test(line) : line.trim() && !line.startsWith("```") && !blocks.some((b) => b.pattern.test(line)));
    while (i < lines.length && stays(lines[i])) i++;
    const block = lines.slice(from, i);
    drawn.push(kind ? kind.draw(block) : element("p", "", ...spans(block.join("\n"))));
  }
  return drawn;
}

export const drawMarkdown = (text) => element("div", "text", ...paragraphs(text));
