// Short messages in the corner.

import { byId, h } from "./dom.js";

const SHOWN_MS = 8000;
const AT_MOST = 4;

export function toast(text, { bad = false } = {}) {
  const list = byId("toasts");
  const message = h("p", { class: bad ? "toast bad" : "toast" }, text);
  list.append(message);
  while (list.children.length > AT_MOST) list.firstChild.remove();
  setTimeout(() => message.remove(), SHOWN_MS);
}

/** Copies text and says so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}`);
  } catch {
    toast(`The browser did not allow to copy. Here it is: ${text}`, { bad: true });
  }
}
