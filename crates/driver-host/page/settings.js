// The settings, of the hardware and of each camera: whatever the driver says there are. It validates, too; its messages
// show beside their field.

import { byId, h, setText } from "./dom.js";

/** What the removal of a secret does that its name does not tell. */
const WHEN_REMOVED = {
  StreamKey: (camera) => `Without a key ${camera} is open: with Publisher Authentication StreamKey, whoever knows its path can publish to it.`,
};

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

  const show = ({ hardware, cameras }) => {
    fields = [...hardware, ...cameras].map((setting) => new Field(setting));
    const elements = (settings) => fields.filter((field) => settings.includes(field.setting)).map((field) => field.element);
    byId("hardware-fields").replaceChildren(...elements(hardware));
    byId("camera-fields").replaceChildren(...bySetting(cameras).map((settings) =>
      h("fieldset", { class: "card" },
        h("legend", {}, settings[0].name),
        h("p", { class: "hint" }, settings[0].description),
        h("div", { class: "fields of-cameras" }, ...elements(settings)))));
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
      if (answer.problem) return say(`Applied, and nobody can publish now: ${answer.problem}`, true);
      return say(response.status === 202
        ? "Accepted, and not all in effect yet: the driver is still about to listen anew. The log tells when it does."
        : "Applied.");
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

/** The settings of cameras, each with that of all cameras. */
function bySetting(settings) {
  const groups = new Map();
  for (const setting of settings) groups.set(setting.key, [...(groups.get(setting.key) ?? []), setting]);
  return [...groups.values()];
}

class Field {
  setting;
  #input;
  #error;
  /** A secret that is set can be removed: empty it is already, as it is never shown. */
  #removing = false;

  constructor(setting) {
    this.setting = setting;
    const { key, camera, name, label, description, kind, value, set, min, max, choices } = setting;
    const id = camera ? `${key}-${camera}` : key;
    const isSwitch = kind === "bool";
    const attributes = { id, name: id, "aria-describedby": `${id}-error` };
    this.#input = kind === "choice"
      ? h("select", attributes, ...choices.map((choice) => h("option", { value: choice.key }, choice.name)))
      : h("input", {
        ...attributes,
        type: { bool: "checkbox", password: "password" }[kind] ?? "text",
        role: isSwitch && "switch",
        inputmode: kind === "integer" && "numeric",
        autocomplete: kind === "password" ? "new-password" : "off",
        spellcheck: "false",
      });
    if (isSwitch) this.#input.checked = value === "true";
    else this.#input.value = value;
    this.#error = h("p", { class: "error", id: `${id}-error`, hidden: true });
    const range = kind === "integer" ? `${min} to ${max}. ` : "";
    const secrecy = kind === "password" ? " Never shown; fill it in to change it." : "";
    const remove = set && h("button", { type: "button" });
    const whenRemoved = set && WHEN_REMOVED[key]?.(label);
    const warning = whenRemoved && h("p", { class: "warning", role: "alert", hidden: true });
    if (remove) {
      const what = camera ? `${name} of ${label}` : name;
      const offer = () => {
        setText(remove, this.#removing ? "Keep" : "Remove");
        remove.setAttribute("aria-label", `${remove.textContent} ${what}`);
        this.#input.disabled = this.#removing;
        this.#input.placeholder = this.#removing ? "To be removed" : "Set";
        if (!warning) return;
        warning.hidden = !this.#removing;
        setText(warning, this.#removing ? whenRemoved : "");
      };
      offer();
      remove.addEventListener("click", () => {
        this.#removing = !this.#removing;
        this.#input.value = "";
        offer();
        this.#edited();
      });
    } else if (kind === "password") {
      this.#input.placeholder = "Not set";
    }
    this.element = h("div", { class: isSwitch ? "field switch" : "field" },
      h("label", { for: id }, label),
      h("div", { class: "control" }, this.#input, ...(remove ? [remove] : [])),
      ...(camera ? [] : [h("p", { class: "hint" }, range + description + secrecy)]),
      ...(warning ? [warning] : []),
      this.#error);
    this.#input.addEventListener("input", () => this.#edited());
  }

  #edited() {
    this.element.classList.toggle("changed", this.changed);
    this.showError(null);
  }

  get #value() {
    return this.#input.type === "checkbox" ? String(this.#input.checked) : this.#input.value;
  }

  get changed() {
    return this.#removing || this.#value !== this.setting.value;
  }

  change() {
    return { key: this.setting.key, camera: this.setting.camera, value: this.#value };
  }

  /** Shows the error if it is about this field. */
  takeError(error) {
    if (error.key !== this.setting.key || (error.camera ?? null) !== (this.setting.camera ?? null)) return false;
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
