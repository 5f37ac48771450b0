// The driver's log, with a level filter.

import { byId, h } from "./dom.js";
import { timeOfDay } from "./format.js";
import { updates } from "./updates.js";

const LEVELS = ["error", "warn", "info", "debug", "trace"];

export function startLog() {
  const lines = byId("log-lines");
  const filter = byId("log-filter");
  const shows = ({ level, text }) =>
    LEVELS.indexOf(level) <= LEVELS.indexOf(filter.elements.level.value) &&
    text.toLowerCase().includes(filter.elements.text.value.toLowerCase());
  const follow = (change) => {
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
    change();
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  };
  const showAll = () => follow(() => lines.replaceChildren(...updates.log.filter(shows).map(row)));

  filter.addEventListener("input", showAll);
  filter.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("viewchange", ({ detail }) => {
    if (detail !== "log") return;
    showAll();
    lines.scrollTop = lines.scrollHeight;
  });
  updates.addEventListener("log", ({ detail: line }) => {
    if (!line) return showAll();
    follow(() => {
      if (shows(line)) lines.append(row(line));
      while (lines.children.length > updates.log.length) lines.firstChild.remove();
    });
  });
}

function row({ time, level, text }) {
  return h("p", { class: level },
    h("time", { datetime: time }, timeOfDay(time, 3)),
    h("span", { class: "level" }, level),
    h("span", { class: "what" }, text));
}
