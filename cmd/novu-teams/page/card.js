// Draws an Adaptive Card well enough to read it. It loads no image and follows no link.

function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== undefined && child !== ""));
  return node;
}

const sizes = { Large: "large", ExtraLarge: "large", Small: "small" };
const colours = { Attention: "attention", Warning: "attention", Good: "good", Accent: "accent" };

function textStyle(item) {
  return [item.weight === "Bolder" || item.style === "heading" ? "bolder" : "", sizes[item.size] ?? "", item.isSubtle ? "subtle" : "", colours[item.color] ?? ""]
    .filter(Boolean).join(" ");
}

const all = (items) => (Array.isArray(items) ? items : []).map(draw);

const button = (action) => {
  const node = element("span", "button", action.title || action.type || "");
  if (action.url) node.title = action.url;
  return node;
};

const elements = {
  TextBlock: (item) => element("p", textStyle(item), String(item.text ?? "")),
  RichTextBlock: (item) => element("p", "", ...(item.inlines ?? []).map((part) =>
    typeof part === "string" ? part : element("span", textStyle(part), String(part.text ?? "")))),
  FactSet: (item) => element("dl", "", ...(item.facts ?? []).flatMap((fact) =>
    [element("dt", "", String(fact.title ?? "")), element("dd", "", String(fact.value ?? ""))])),
  Container: (item) => element("div", "column", ...all(item.items)),
  ColumnSet: (item) => element("div", "columns", ...(item.columns ?? []).map((column) => element("div", "column", ...all(column.items)))),
  Image: (item) => element("div", "other", "image: " + (item.altText || item.url || "")),
  ImageSet: (item) => element("div", "columns", ...(item.images ?? []).map((image) => elements.Image(image))),
  ActionSet: (item) => element("div", "", ...(item.actions ?? []).map(button)),
  Table: (item) => element("table", "", ...(item.rows ?? []).map((row) =>
    element("tr", "", ...(row.cells ?? []).map((cell) => element("td", "", ...all(cell.items)))))),
};

function draw(item) {
  const drawing = elements[item?.type];
  return drawing ? drawing(item) : element("div", "other", String(item?.type ?? "unknown"));
}

export function drawCard(card) {
  const body = element("div", "card", ...all(card.body));
  if (Array.isArray(card.actions) && card.actions.length) body.append(element("div", "", ...card.actions.map(button)));
  return body;
}
