// Small line plots.

import { svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 24;

/** An empty plot; drawPlot fills it. */
export function createPlot(attributes) {
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", ...attributes },
    svg("path", { class: "area" }), svg("path"));
}

/** Values that a plot has room for from the start; more are drawn closer together. */
const LEAST_VALUES = 20;

/** Draws values, oldest first, the newest at the right edge. */
export function drawPlot(plot, values) {
  const [area, line] = plot.children;
  const capacity = Math.max(values.length, LEAST_VALUES);
  const most = Math.max(...values, 1);
  const x = (index) => (WIDTH * (index + capacity - values.length)) / (capacity - 1);
  const y = (value) => HEIGHT - 1 - (value / most) * (HEIGHT - 3);
  const points = values.map((value, index) => `${x(index).toFixed(1)} ${y(value).toFixed(1)}`);
  if (points.length < 2) {
    area.setAttribute("d", "");
    line.setAttribute("d", "");
    return;
  }
  const path = `M${points.join("L")}`;
  line.setAttribute("d", path);
  area.setAttribute("d", `${path}L${WIDTH} ${HEIGHT}L${x(0).toFixed(1)} ${HEIGHT}Z`);
}
