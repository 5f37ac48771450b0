// The wall: a tile per camera.

import { byId, setFacts, setText } from "./dom.js";
import { bitrate, cameraName, frameRate, size } from "./format.js";
import { createPlot, drawPlot } from "./plot.js";
import { Player, canDecode } from "./player.js";
import { sound } from "./sound.js";
import { copy } from "./toast.js";
import { updates } from "./updates.js";
import { stateOf } from "./camera-state.js";

const CAMERAS = 16;
const SPARKLINE_SECONDS = 60;
const METER_MS = 100;

/** Fills the wall and returns the players, camera 1 first. */
export function startWall() {
  const tiles = Array.from({ length: CAMERAS }, (_, index) => new Tile(index + 1));
  byId("tiles").append(...tiles.map((tile) => tile.element));
  if (!canDecode) {
    const notice = byId("no-webcodecs");
    notice.hidden = false;
    notice.textContent = isSecureContext
      ? "This browser has no WebCodecs, so live pictures do not show. Chrome, Edge, Safari 16.4 and Firefox 130 or later have it. Everything else on this page works."
      : "Browsers offer WebCodecs to secure pages only: open this page as http://127.0.0.1 or http://localhost, or through a proxy with HTTPS. Everything else on this page works.";
  }
  updates.addEventListener("cameras", () => {
    for (const camera of updates.cameras) tiles[camera.camera - 1].update(camera);
    showTotals(updates.cameras);
  });
  sound.addEventListener("change", () => tiles.forEach((tile) => tile.showSound()));
  setInterval(() => sound.camera !== null && tiles[sound.camera - 1].showSound(), METER_MS);
  for (const tile of tiles) tile.player.start();
  return tiles.map((tile) => tile.player);
}

class Tile {
  #parts;
  #camera = null;

  constructor(number) {
    this.element = byId("tile").content.cloneNode(true).firstElementChild;
    this.element.dataset.camera = number;
    const find = (selector) => this.element.querySelector(selector);
    this.#parts = {
      screen: find(".screen"),
      title: find("h2"),
      badge: find(".badge"),
      facts: find(".tile-facts"),
      copy: find(".copy"),
      hear: find(".hear"),
      level: find(".level"),
      note: find(".tile-note"),
      sparkline: createPlot({ class: "sparkline", "aria-hidden": "true" }),
    };
    this.#parts.badge.before(this.#parts.sparkline);
    this.#parts.title.textContent = cameraName(number);
    this.#parts.screen.setAttribute("aria-label", `Open ${cameraName(number)}`);
    this.#parts.copy.setAttribute("aria-label", `Copy the push address of ${cameraName(number)}`);
    this.#parts.screen.addEventListener("click", () => {
      dispatchEvent(new CustomEvent("opencamera", { detail: number }));
    });
    this.#parts.copy.addEventListener("click", () => {
      if (this.#camera) copy(this.#camera.push_url, this.#camera.push_url);
    });
    this.#parts.hear.setAttribute("aria-label", `Hear camera ${number}`);
    this.#parts.hear.addEventListener("click", () => sound.listen(sound.camera === number ? null : number));
    this.player = new Player(number);
    this.player.addCanvas(find("canvas"));
  }

  /** Whether this camera is heard, and how loud it is. */
  showSound() {
    const { hear, level } = this.#parts;
    const heard = sound.camera !== null && sound.camera === this.#camera?.camera;
    const hearable = Boolean(this.#camera?.sound?.codec && !this.#camera.sound.left_out);
    hear.hidden = !hearable && !heard;
    hear.setAttribute("aria-pressed", String(heard));
    level.hidden = !heard;
    if (heard) level.value = sound.level;
  }

  update(camera) {
    this.#camera = camera;
    const { label, style } = stateOf(camera);
    const { badge, title, facts, note, sparkline, copy: copyButton } = this.#parts;
    this.element.className = `tile ${style}`;
    badge.className = `badge ${style}`;
    setText(badge, label);
    setText(title, camera.name);
    facts.classList.toggle("bad", camera.state === "problem");
    setText(facts, factsLine(camera));
    copyButton.title = `Copy ${camera.push_url}`;
    this.showSound();
    const message = this.player.state.message ?? (sound.camera === camera.camera ? sound.message : null);
    note.hidden = !message;
    setText(note, message ?? "");
    const live = camera.video !== null;
    sparkline.toggleAttribute("hidden", !live);
    if (live) drawPlot(sparkline, updates.bitrates[camera.camera - 1].slice(-SPARKLINE_SECONDS));
  }
}

function factsLine({ state, problem, video, path }) {
  if (state === "problem") return problem;
  if (!video) return path;
  return [size(video), frameRate(video.fps), bitrate(video.bitrate)].filter(Boolean).join("  ·  ");
}

function showTotals(cameras) {
  const live = cameras.filter((camera) => camera.video);
  setFacts(byId("totals"), [
    ["live of 16", live.length],
    ["in", bitrate(live.reduce((sum, { video }) => sum + video.bitrate, 0))],
    ["frames/s", Math.round(live.reduce((sum, { video }) => sum + video.fps, 0))],
  ]);
}
