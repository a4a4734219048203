// Draws an Adaptive Card well enough to read it and, in a chat, to answer it. Only images on this machine
// are loaded.

import { element } from "/_page/dom.js";
import { link, spans } from "/_page/markdown.js";

const sizes = { Large: "large", ExtraLarge: "large", Small: "small" };
const colours = { Attention: "attention", Warning: "attention", Good: "good", Accent: "accent" };

function textStyle(item) {
  return [item.weight === "Bolder" || item.style === "heading" ? "bolder" : "", sizes[item.size] ?? "", item.isSubtle ? "subtle" : "", colours[item.color] ?? ""]
    .filter(Boolean).join(" ");
}

// here tells whether an image can be loaded without leaving this machine.
const here = (url) => /^data:image\//.test(url) || /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url);

function image(item) {
  const address = String(item.url ?? "");
  if (!here(address)) return element("div", "other", "image: " + (item.altText || address));
  const node = element("img", item.size === "Stretch" ? "stretch" : "");
  node.src = address;
  node.alt = item.altText || "";
  return node;
}

// Card is one card as it is drawn: its buttons by number, and the fields that are filled in.
class Card {
  constructor(press) {
    this.press = press; // what a button does: undefined where the card is only looked at
    this.buttons = 0;
    this.fields = [];
  }

  all(items) {
    return (Array.isArray(items) ? items : []).map((item) => this.draw(item));
  }

  draw(item) {
    const type = String(item?.type ?? "");
    if (type.startsWith("Action.")) return this.button(item);
    if (type.startsWith("Input.")) return this.input(item);
    const known = elements.has(type) ? type : Array.isArray(item?.items) ? "Container" : "";
    const node = known ? this[known](item) : element("div", "other", type || "unknown");
    if (item?.separator) node.classList.add("separated");
    return node;
  }

  TextBlock(item) { return element("p", textStyle(item), ...spans(String(item.text ?? ""))); }
  RichTextBlock(item) {
    return element("p", "", ...(item.inlines ?? []).map((part) =>
      typeof part === "string" ? part : element("span", textStyle(part), String(part.text ?? ""))));
  }
  FactSet(item) {
    return element("dl", "", ...(item.facts ?? []).flatMap((fact) =>
      [element("dt", "", String(fact.title ?? "")), element("dd", "", ...spans(String(fact.value ?? "")))]));
  }
  Container(item) { return element("div", "column", ...this.all(item.items)); }
  ColumnSet(item) { return element("div", "columns", ...(item.columns ?? []).map((column) => element("div", "column", ...this.all(column.items)))); }
  Image(item) { return image(item); }
  ImageSet(item) { return element("div", "columns", ...(item.images ?? []).map(image)); }
  ActionSet(item) { return element("div", "buttons", ...this.all(item.actions)); }
  Table(item) {
    return element("table", "", ...(item.rows ?? []).map((row) =>
      element("tr", "", ...(row.cells ?? []).map((cell) => element("td", "", ...this.all(cell.items))))));
  }

  button(action) {
    const number = this.buttons++;
    const label = String(action.title || action.type);
    if (action.type === "Action.OpenUrl") {
      const node = link(String(action.url ?? ""), label);
      node.className = "button";
      return node;
    }
    if (!this.press) return element("span", "button", label);
    const node = element("button", action.style === "destructive" ? "destructive" : action.style === "positive" ? "positive" : "", label);
    node.type = "button";
    node.addEventListener("click", () => this.press(number, Object.fromEntries(this.fields.map((value) => value()).filter(([, v]) => v))));
    return node;
  }

  input(item) {
    const label = String(item.label || item.placeholder || item.id || item.type);
    if (item.type === "Input.ChoiceSet") return item.style === "expanded" ? this.radios(item, label) : this.select(item, label);
    const node = element(item.isMultiline ? "textarea" : "input", "");
    node.value = String(item.value ?? "");
    return this.field(item, label, node);
  }

  select(item, label) {
    const node = element("select", "");
    const none = element("option", "", item.placeholder || "Choose…");
    none.value = "";
    node.append(none, ...(item.choices ?? []).map((choice) => {
      const option = element("option", "", String(choice.title ?? choice.value));
      option.value = String(choice.value ?? "");
      return option;
    }));
    node.value = String(item.value ?? "");
    return this.field(item, label, node);
  }

  radios(item, label) {
    const name = `${item.id}-${Math.random()}`;
    const inputs = (item.choices ?? []).map((choice) => {
      const node = element("input", "");
      Object.assign(node, { type: "radio", name, value: String(choice.value ?? ""), checked: choice.value === item.value, disabled: !this.press });
      return node;
    });
    this.fields.push(() => [item.id, inputs.find((node) => node.checked)?.value ?? ""]);
    return element("fieldset", "", element("legend", "", label), ...inputs.map((node, i) => element("label", "choice", node, String(item.choices[i].title ?? ""))));
  }

  field(item, label, node) {
    node.disabled = !this.press;
    this.fields.push(() => [item.id, node.value]);
    return element("label", "field", label, node);
  }
}

const elements = new Set(["TextBlock", "RichTextBlock", "FactSet", "Container", "ColumnSet", "Image", "ImageSet", "ActionSet", "Table"]);

// drawCard draws a card. press, if it is given, is called with the number of the button that is pressed and
// what is filled in.
export function drawCard(card, press) {
  const drawing = new Card(press);
  const body = element("div", "card", ...drawing.all(card.body));
  const buttons = drawing.all(card.actions);
  if (buttons.length) body.append(element("div", "buttons", ...buttons));
  return body;
}
