// Which view shows: the part of the address after '#'.

import { byId, setText } from "./dom.js";
import { updates } from "./updates.js";

const VIEWS = ["wall", "events", "log", "settings"];

export function startViews() {
  addEventListener("hashchange", show);
  show();
  updates.addEventListener("link", ({ detail: connected }) => {
    const state = byId("link-state");
    state.classList.toggle("lost", !connected);
    setText(state, connected ? "Connected" : "Connection lost, trying again …");
  });
}

function show() {
  const wanted = location.hash.slice(1);
  const view = VIEWS.includes(wanted) ? wanted : "wall";
  for (const name of VIEWS) {
    byId(name).hidden = name !== view;
    const tab = document.querySelector(`.tabs a[href="#${name}"]`);
    if (name === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  document.title = `${byId(`${view}-title`).textContent} · RTMP Push Driver`;
  dispatchEvent(new CustomEvent("viewchange", { detail: view }));
}
