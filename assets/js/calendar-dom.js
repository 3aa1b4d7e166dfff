// Small makers of elements.

export function node(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export const hidden = (text) => node("span", "visually-hidden", text);

/** An icon of our sprite; what it means is said by the words beside it. */
export function icon(state, name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${state.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function button(className, label, act) {
  const element = node("button", className, ...[label].flat());
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** "%(name)s moved" with its parts put in. */
export const filled = (text, parts) => text.replace(/%\((\w+)\)s/g, (whole, name) => parts[name] ?? whole);
