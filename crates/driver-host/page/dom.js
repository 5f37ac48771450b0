// Building elements.

/** An element with attributes and children: h("a", { href: "#" }, "text"). */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets text only when it changes: screen readers and selections stay undisturbed. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Terms and descriptions into a <dl>, without touching what stays the same. */
export function setFacts(list, facts) {
  const rows = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  const terms = rows.map(([term]) => term).join("\n");
  if (list.dataset.terms !== terms) {
    list.dataset.terms = terms;
    list.replaceChildren(...rows.map(([term]) => h("div", {}, h("dt", {}, term), h("dd"))));
  }
  rows.forEach(([, value], index) => setText(list.children[index].lastChild, String(value)));
}
