// The time line: who published where from when to when, and who was refused and why.

import { byId, h, svg } from "./dom.js";
import { cameraName, integer, timeOfDay } from "./format.js";
import { toast } from "./toast.js";
import { updates } from "./updates.js";

const SHOWN = 200;
const LANES_MS = 15 * 60 * 1000;
const LANE_HEIGHT = 22;

export function startEvents() {
  let told = false;
  updates.addEventListener("events", ({ detail: event }) => {
    showList();
    showLanes();
    // Refusals from before the page was opened are in the list; only new ones call for attention.
    if (told && event?.event === "publish_refused") toast(`${event.path} refused: ${event.reason}`, { bad: true });
  });
  updates.addEventListener("cameras", () => {
    told = true;
    showLanes();
  });
}

function showList() {
  byId("no-events").hidden = updates.events.length > 0;
  byId("timeline").replaceChildren(...updates.events.slice(-SHOWN).reverse().map(item));
}

const KINDS = {
  stream_started: ["started", "Started", ({ path, peer }) => `${path} from ${peer}`],
  stream_stopped: ["stopped", "Stopped", ({ path, frames, reason }) => `${path} after ${integer(frames)} frames: ${reason}`],
  publish_refused: ["refused", "Refused", ({ path, peer, reason }) => `${path} from ${peer}: ${reason}`],
};

function item(event) {
  const [style, title, detail] = KINDS[event.event];
  const who = event.camera ? `${cameraName(event.camera)} ` : "";
  return h("li", { class: style },
    h("time", { datetime: event.time }, timeOfDay(event.time)),
    h("div", {}, h("strong", {}, `${who}${who ? title.toLowerCase() : title}`), h("div", { class: "detail" }, detail(event))));
}

/** A lane per camera that was published to within the last minutes. */
function showLanes() {
  if (byId("events").hidden) return;
  const now = Date.now();
  const from = now - LANES_MS;
  const cameras = [...new Set(updates.events.map((event) => event.camera).filter(Boolean))].sort((a, b) => a - b);
  const figure = byId("lanes");
  figure.hidden = cameras.length === 0;
  const width = 880;
  const left = 84;
  const x = (time) => left + ((Math.max(time, from) - from) / LANES_MS) * (width - left);
  const rows = cameras.flatMap((camera, row) => {
    const y = row * LANE_HEIGHT + LANE_HEIGHT / 2;
    return [
      svg("text", { x: 0, y: y + 4 }, cameraName(camera)),
      svg("line", { class: "lane", x1: left, x2: width, y1: y, y2: y }),
      ...spansOf(camera, now).filter(([, end]) => end > from).map(([start, end]) =>
        svg("rect", { class: "span", x: x(start), y: y - 5, width: Math.max(3, x(end) - x(start)), height: 10, rx: 3 })),
    ];
  });
  const bottom = cameras.length * LANE_HEIGHT + 16;
  const ticks = [15, 10, 5, 0].map((minutes) => svg("text", {
    x: x(now - minutes * 60_000),
    y: bottom,
    "text-anchor": minutes === 15 ? "start" : minutes === 0 ? "end" : "middle",
  }, minutes ? `${minutes} min ago` : "now"));
  figure.replaceChildren(svg("svg", {
    viewBox: `0 0 ${width} ${bottom + 6}`,
    role: "img",
    "aria-label": "Which camera was published to in the last 15 minutes",
  }, ...rows, ...ticks));
}

function spansOf(camera, now) {
  const spans = [];
  for (const event of updates.events) {
    if (event.camera !== camera) continue;
    const time = Date.parse(event.time);
    if (event.event === "stream_started") spans.push([time, now]);
    if (event.event === "stream_stopped" && spans.length) spans.at(-1)[1] = time;
  }
  return spans;
}
