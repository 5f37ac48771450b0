// One camera, large: its picture, figures and everything needed to push to it.

import { byId, h, setFacts, setText } from "./dom.js";
import { bitrate, bytes, duration, frameRate, integer, size } from "./format.js";
import { createPlot, drawPlot } from "./plot.js";
import { copy, toast } from "./toast.js";
import { updates } from "./updates.js";
import { stateOf } from "./camera-state.js";

const CAMERAS = 16;
const PLOT_SECONDS = 120;

export function startCamera(players) {
  const dialog = byId("camera");
  const canvas = h("canvas", { width: 1280, height: 720 });
  byId("camera-screen").append(canvas);
  const plot = createPlot({ "aria-hidden": "true" });
  const now = h("b");
  byId("camera-plot").append(h("figcaption", {}, "Bitrate, last 2 minutes", now), plot);
  let shown = null;

  const open = (number) => {
    if (shown) players[shown - 1].removeCanvas(canvas);
    shown = number;
    players[shown - 1].addCanvas(canvas);
    showPushWays(updates.cameras[number - 1]);
    update();
    if (!dialog.open) dialog.showModal();
  };
  const step = (by) => open(((shown - 1 + by + CAMERAS) % CAMERAS) + 1);

  const update = () => {
    const camera = shown && updates.cameras[shown - 1];
    if (!camera) return;
    const { label, style } = stateOf(camera);
    setText(byId("camera-title"), camera.name);
    setText(byId("camera-state"), label);
    byId("camera-state").className = `badge ${style}`;
    const problem = players[shown - 1].state.message ?? camera.problem;
    byId("camera-problem").hidden = !problem;
    setText(byId("camera-problem"), problem ?? "");
    setFacts(byId("camera-facts"), facts(camera, players[shown - 1]));
    drawPlot(plot, updates.bitrates[shown - 1].slice(-PLOT_SECONDS));
    setText(now, camera.video ? bitrate(camera.video.bitrate) : "");
    if (byId("camera-qr").dataset.ways !== waysOf(camera)) showPushWays(camera);
  };

  // One at a time, and one for a double click: with a second new key the one that publishers have is good no more.
  let asking = false;
  const askForKey = async (method) => {
    if (asking) return;
    asking = true;
    try {
      const camera = shown;
      const key = await keyOf(camera, method);
      if (key && shown === camera) showKey(key);
    } catch (error) {
      toast(error.message, { bad: true });
    } finally {
      asking = false;
    }
  };

  addEventListener("opencamera", ({ detail }) => open(detail));
  updates.addEventListener("cameras", () => dialog.open && update());
  byId("camera-show-key").addEventListener("click", () => askForKey("GET"));
  byId("camera-new-key").addEventListener("click", ({ detail: clicks }) => clicks < 2 && askForKey("POST"));
  byId("camera-close").addEventListener("click", () => dialog.close());
  byId("camera-previous").addEventListener("click", () => step(-1));
  byId("camera-next").addEventListener("click", () => step(1));
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") step(-1);
    if (key === "ArrowRight") step(1);
  });
  // A click beside the dialog hits the dialog element itself.
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    players[shown - 1].removeCanvas(canvas);
    document.querySelector(`.tile[data-camera="${shown}"] .screen`)?.focus();
    shown = null;
  });
}

function facts({ path, video, sound, publisher, dropped, frames, received_bytes: received }, { state, counters }) {
  return [
    ["Path", path],
    ["Source", publisher?.peer],
    ["Encoder", publisher?.encoder],
    ["Uptime", publisher && duration(publisher.uptime_seconds)],
    ["Resolution", video && size(video)],
    ["Codec", video && [video.codec, video.profile, video.level].filter(Boolean).join(" ")],
    ["Frame rate", video && frameRate(video.fps)],
    ["Bitrate", video && bitrate(video.bitrate)],
    ["Key frame every", video?.gop ? `${video.gop} frames` : null],
    ["Frames in", publisher && integer(frames)],
    ["Received", publisher && bytes(received)],
    ["Dropped by the driver", publisher && integer(dropped)],
    ["Sound", sound && (sound.left_out ? `left out: ${sound.left_out}` : soundFormat(sound))],
    ["Shown here", publisher && integer(counters.decoded)],
    ["Dropped for this page", publisher && integer(counters.droppedByServer + counters.skipped)],
    ["Socket to page", state.latencyMs === null ? null : `${Math.max(0, Math.round(state.latencyMs))} ms`],
  ];
}

const soundFormat = ({ codec, sample_rate: rate, channels }) =>
  `${codec.toUpperCase()}, ${rate} Hz, ${channels === 1 ? "mono" : channels === 2 ? "stereo" : `${channels} channels`}`;

function showPushWays(camera) {
  if (!camera) return;
  const qr = byId("camera-qr");
  qr.dataset.ways = waysOf(camera);
  qr.src = `/api/cameras/${camera.camera}/qr.svg?${encodeURIComponent(camera.path)}`;
  qr.alt = `QR code of ${camera.push_url}`;
  byId("camera-keys").hidden = !camera.needs_key;
  listWays(camera.push_ways);
}

/** What the ways depend on: they change with path, port and who may publish. */
const waysOf = (camera) => JSON.stringify([camera.camera, camera.push_ways]);

function listWays(ways) {
  byId("camera-ways").replaceChildren(...ways.map(({ name, text }) =>
    h("div", { class: "way" },
      h("span", { class: "way-name" }, name),
      h("code", { tabindex: "0" }, text),
      copyButton(text, name))));
}

/** The camera's stream key (GET), or a new one (POST), with the ways to push with it; null if it is not to be had. */
async function keyOf(camera, method) {
  const answer = await fetch(`/api/cameras/${camera}/stream-key`, { method });
  if (answer.ok) return answer.json();
  toast(await answer.text(), { bad: true });
  return null;
}

/** The ways and the QR code with the camera's stream key in them, until something changes or another camera is shown. */
function showKey({ push_ways: ways, qr }) {
  listWays(ways);
  if (!qr) return;
  const image = byId("camera-qr");
  image.src = URL.createObjectURL(new Blob([qr], { type: "image/svg+xml" }));
  image.alt = "QR code of the address with the stream key";
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
}

function copyButton(text, name) {
  const button = document.querySelector("#tile").content.querySelector(".copy").cloneNode(true);
  button.setAttribute("aria-label", `Copy: ${name}`);
  button.addEventListener("click", () => copy(text, name));
  return button;
}
