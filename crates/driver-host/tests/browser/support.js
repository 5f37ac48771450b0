// A running driver-host, publishers and a browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const CHROMIUM_OPTIONS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** Generous: for what has no limit of its own. Machines that run tests are busy. */
export const PATIENCE_MS = 60_000;

/** Waits until `look` yields something true, and returns it. */
export async function until(look, what, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** driver-host with a page and a port of its own. */
export class Host {
  /** Everything it told, with the time at which it was read here. */
  told = [];
  #child;

  static async start({ web = "0", options = [] } = {}) {
    const host = new Host();
    host.#child = spawn(process.env.DRIVER_HOST,
      ["--json", "--port", "0", "--bind", "127.0.0.1", "--web", web, ...options],
      { stdio: ["ignore", "pipe", "ignore"] });
    createInterface({ input: host.#child.stdout }).on("line", (line) => {
      host.told.push({ ...JSON.parse(line), readAt: Date.now() });
    });
    const listening = await host.event("listening");
    host.port = listening.port;
    host.web = listening.web;
    return host;
  }

  get pid() {
    return this.#child.pid;
  }

  /** The first event of that kind (and camera) from the `since`-th line on. */
  event(kind, { camera, since = 0 } = {}) {
    return until(() => this.told.slice(since).find((line) =>
      line.event === kind && (camera === undefined || line.camera === camera)), `event ${kind}`);
  }

  async cameras() {
    return (await fetch(new URL("/api/cameras", this.web))).json();
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGINT");
    await ended;
  }
}

/** FFmpeg pushing a picture (a lavfi source) or a file to a path. */
export class Publisher {
  #child;
  #ended;

  static picture(host, path, source, { seconds = 120, rate = 15 } = {}) {
    return new Publisher([
      "-re", "-f", "lavfi", "-i", source, "-t", String(seconds), "-pix_fmt", "yuv420p",
      "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", String(rate),
      "-f", "flv", `rtmp://127.0.0.1:${host.port}${path}`,
    ]);
  }

  /** A file, once or until it is stopped. */
  static file(host, path, file, { endless = false } = {}) {
    return new Publisher(["-re", ...(endless ? ["-stream_loop", "-1"] : []), "-i", file, "-c", "copy", "-f", "flv", `rtmp://127.0.0.1:${host.port}${path}`]);
  }

  constructor(options) {
    this.#child = spawn("ffmpeg", ["-nostdin", "-loglevel", "error", ...options], { stdio: ["ignore", "ignore", "inherit"] });
    this.#ended = new Promise((resolve) => this.#child.once("exit", resolve));
  }

  /** Ends it as a person would, with q or Ctrl-C. */
  async stop() {
    this.#child.kill("SIGINT");
    await this.#ended;
  }

  get ended() {
    return this.#ended;
  }
}

/** A file to push again and again without encoding it each time. */
export async function encode(source, { seconds, rate = 15 }) {
  const folder = await mkdtemp(join(tmpdir(), "driver-host-"));
  const file = join(folder, "source.flv");
  const status = await new Publisher([
    "-f", "lavfi", "-i", source, "-t", String(seconds), "-pix_fmt", "yuv420p",
    "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", String(rate), "-f", "flv", file,
  ]).ended;
  if (status !== 0) throw new Error(`ffmpeg cannot make ${source}`);
  return { file, remove: () => rm(folder, { recursive: true }) };
}

/** Sends the recorded bytes of a publish whose video is labelled as another codec. */
export async function publishAs(host, flvCodecId) {
  const bytes = await readFile(new URL("../data/publish.rtmp", import.meta.url));
  // The first video message: key frame (1), AVC (7), sequence header (0), composition time 0, record version 1.
  const at = bytes.indexOf(Buffer.from([0x17, 0, 0, 0, 0, 1]));
  bytes[at] = 0x10 | flvCodecId;
  const socket = createConnection(host.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
}

/** Sends the recorded bytes of a publish of H.265, and stays until the function that it returns is called. */
export async function publishH265(host) {
  const bytes = await readFile(new URL("../data/publish_h265.rtmp", import.meta.url));
  const socket = createConnection(host.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  // Without the end, in which the publisher says good-bye.
  await new Promise((sent) => socket.write(bytes.subarray(0, bytes.length * 0.9), sent));
  return async () => {
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end();
    await closed;
  };
}

let browser;

/** A page with nothing wrong: what the browser complains about is collected in `complaints`. */
export async function openPage(url, options = {}) {
  browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM_OPTIONS });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "dark", ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  if (options.init) await page.addInitScript(options.init);
  await page.goto(url);
  return page;
}

/** Closes the page of a test and ends its host. */
export async function endTest(page, host) {
  const { complaints } = page;
  await page.context().close();
  await host.stop();
  assert.deepEqual(complaints, [], "the browser has nothing to complain about");
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

export const tile = (page, camera) => page.locator(`.tile[data-camera="${camera}"]`);

/** What the page's player of a camera has counted and shows. */
export const player = (page, camera) => page.evaluate((index) => globalThis.wall.statistics()[index], camera - 1);

export const showsVideo = (page, camera) =>
  until(async () => (await player(page, camera)).showing === "video", `camera ${camera} plays`);

/** Mean colour of a part of the tile's picture, in fractions of its size. */
export function meanColour(page, camera, { left, top, width, height }) {
  return tile(page, camera).locator("canvas").evaluate((canvas, part) => {
    const [w, h] = [part.width * canvas.width, part.height * canvas.height];
    const copy = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, -part.left * canvas.width, -part.top * canvas.height);
    const { data } = copy.getImageData(0, 0, w, h);
    const sum = [0, 0, 0];
    data.forEach((value, index) => { if (index % 4 < 3) sum[index % 4] += value; });
    return sum.map((value) => value / (data.length / 4));
  }, { left, top, width, height });
}

export const isNear = (colour, wanted, tolerance = 24) =>
  colour.every((value, index) => Math.abs(value - wanted[index]) <= tolerance);

export const screenshot = (page, name, { type = "png", ...options } = {}) =>
  page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.${type}`), type, ...options });
