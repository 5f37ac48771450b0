// The hardware settings and camera paths. The driver validates; its messages show beside their field.

import { byId, h, setText } from "./dom.js";

export function startSettings() {
  const form = byId("settings-form");
  const message = byId("settings-message");
  let fields = [];

  const say = (text, bad = false) => {
    setText(message, text);
    message.classList.toggle("bad", bad);
  };

  const load = async () => {
    const response = await fetch("/api/settings");
    show(await response.json());
  };

  const show = ({ hardware, paths }) => {
    fields = [...hardware, ...paths].map((setting) => new Field(setting));
    byId("hardware-fields").replaceChildren(...fields.slice(0, hardware.length).map((field) => field.element));
    byId("path-fields").replaceChildren(...fields.slice(hardware.length).map((field) => field.element));
  };

  const apply = async () => {
    const changes = fields.filter((field) => field.changed).map((field) => field.change());
    for (const field of fields) field.showError(null);
    if (changes.length === 0) return say("Nothing was changed.");
    const response = await fetch("/api/settings", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ changes }),
    });
    const answer = await response.json();
    if (response.ok) {
      show(answer);
      return say("Applied.");
    }
    const unplaced = answer.errors.filter((error) => !fields.some((field) => field.takeError(error)));
    say(["Nothing was applied.", ...unplaced.map((error) => error.message)].join(" "), true);
    form.querySelector("[aria-invalid=true]")?.focus();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply().catch((error) => say(`Not applied: ${error.message}`, true));
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    say("");
    load().catch((error) => say(error.message, true));
  });
  addEventListener("viewchange", ({ detail }) => {
    if (detail !== "settings" || fields.some((field) => field.changed)) return;
    say("");
    load().catch((error) => say(`The settings could not be loaded: ${error.message}`, true));
  });
}

const HINTS = {
  ServerPort: "Publishers push to it. A change drops them.",
  ShowOfflineInfo: "Offline pictures tell where to push to, and what is wrong.",
  MaxConnections: "In all; at most 16 from one address.",
  RateLimitEnabled: "Against publishers that reconnect in a tight loop.",
  RateLimitMaxRequests: "New connections from one address.",
  EnableTls: "RTMPS instead of RTMP, with rtmp.pfx. A change drops publishers.",
  TlsCertificatePassword: "Of rtmp.pfx. Never shown; fill it in to change it.",
};

class Field {
  #setting;
  #input;
  #error;

  constructor(setting) {
    this.#setting = setting;
    const { key, camera, name, kind, value, min, max } = setting;
    const id = camera ? `${key}-${camera}` : key;
    const isSwitch = kind === "bool";
    this.#input = h("input", {
      id,
      name: id,
      type: { bool: "checkbox", password: "password" }[kind] ?? "text",
      role: isSwitch && "switch",
      inputmode: kind === "integer" && "numeric",
      autocomplete: kind === "password" ? "new-password" : "off",
      spellcheck: "false",
      "aria-describedby": `${id}-error`,
    });
    if (isSwitch) this.#input.checked = value === "true";
    else this.#input.value = value;
    this.#error = h("p", { class: "error", id: `${id}-error`, hidden: true });
    const hint = camera ? null : HINTS[key] ?? (kind === "integer" ? "" : null);
    const range = kind === "integer" ? `${min} to ${max}. ` : "";
    this.element = h("div", { class: isSwitch ? "field switch" : "field" },
      h("label", { for: id }, name),
      h("div", { class: "control" }, this.#input),
      ...(hint === null ? [] : [h("p", { class: "hint" }, range + hint)]),
      this.#error);
    this.#input.addEventListener("input", () => {
      this.element.classList.toggle("changed", this.changed);
      this.showError(null);
    });
  }

  get #value() {
    return this.#input.type === "checkbox" ? String(this.#input.checked) : this.#input.value;
  }

  get changed() {
    return this.#value !== this.#setting.value;
  }

  change() {
    return { key: this.#setting.key, camera: this.#setting.camera, value: this.#value };
  }

  /** Shows the error if it is about this field. */
  takeError(error) {
    if (error.key !== this.#setting.key || (error.camera ?? null) !== (this.#setting.camera ?? null)) return false;
    this.showError(error.message);
    return true;
  }

  showError(text) {
    this.#error.hidden = !text;
    setText(this.#error, text ?? "");
    if (text) this.#input.setAttribute("aria-invalid", "true");
    else this.#input.removeAttribute("aria-invalid");
  }
}
