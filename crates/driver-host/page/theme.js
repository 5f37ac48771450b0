// Dark and light: the system's choice until the person chooses.

import { byId } from "./dom.js";

const system = matchMedia("(prefers-color-scheme: light)");

export function startTheme() {
  show();
  system.addEventListener("change", show);
  byId("theme").addEventListener("click", () => {
    localStorage.setItem("theme", current() === "light" ? "dark" : "light");
    show();
  });
}

function current() {
  return localStorage.getItem("theme") ?? (system.matches ? "light" : "dark");
}

function show() {
  document.documentElement.dataset.theme = current();
}
