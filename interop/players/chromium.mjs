// Plays MP4 files in Chromium, each in a <video> and through Media Source Extensions, all at the same time:
//   node players/chromium.mjs FILE…
// Prints for each file and way the pictures that were decoded, those that were shown, and what went wrong:
//   FILE video|mse DECODED SHOWN [ERROR]
// A busy machine leaves pictures out here and there, so files are played again until everything was shown once.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../crates/driver-host/tests/browser/", import.meta.url));
const { chromium } = require("playwright-core");

const ATTEMPTS = 8;

const files = process.argv.slice(2);

const server = createServer(async (request, response) => {
  const file = files[Number(request.url.slice("/file".length))];
  if (file === undefined) {
    response.setHeader("Content-Type", "text/html");
    response.end("<!doctype html><link rel=icon href='data:,'>");
    return;
  }
  const bytes = await readFile(file);
  response.setHeader("Content-Type", "video/mp4");
  response.setHeader("Accept-Ranges", "bytes");
  const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
  if (range) {
    const [first, last] = [Number(range[1]), Number(range[2] || bytes.length - 1)];
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${first}-${last}/${bytes.length}`);
    response.end(bytes.subarray(first, last + 1));
  } else {
    response.end(bytes);
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

/** In the page: plays a file to its end. */
async function play({ url, way }) {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const shown = [];
  const count = (_now, { mediaTime }) => {
    shown.push(mediaTime);
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
  const ended = new Promise((resolve) => {
    video.onended = () => resolve("");
    video.onerror = () => resolve(video.error.message);
  });

  let error = "";
  if (way === "mse") {
    const bytes = await (await fetch(url)).arrayBuffer();
    // The profile and level behind the box's name and version.
    const text = new TextDecoder("latin1").decode(bytes.slice(0, 4096));
    const at = text.indexOf("avcC") + 5;
    const profile = [...new Uint8Array(bytes, at, 3)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((open) => { source.onsourceopen = open; });
    const buffer = source.addSourceBuffer(`video/mp4; codecs="avc1.${profile}"`);
    const appended = new Promise((resolve) => { buffer.onupdateend = resolve; });
    buffer.onerror = () => { error = "the source buffer takes it for broken"; };
    buffer.appendBuffer(bytes);
    await appended;
    if (buffer.buffered.length !== 1) error ||= `${buffer.buffered.length} pieces are buffered`;
    if (source.readyState === "open") source.endOfStream();
  } else {
    video.src = url;
  }
  video.play().catch((refused) => { error ||= refused.message; });
  error = (await ended) || error;
  const decoded = video.getVideoPlaybackQuality().totalVideoFrames;
  video.remove();
  return { decoded, shown, error };
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);

async function watch(number, way) {
  const shown = new Set();
  let result;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    result = await page.evaluate(play, { url: `/file${number}`, way });
    for (const time of result.shown) shown.add(time);
    if (result.error || shown.size >= result.decoded) break;
  }
  console.log([files[number], way, result.decoded, shown.size, result.error].join(" ").trim());
}

await Promise.all(files.flatMap((_file, number) => [watch(number, "video"), watch(number, "mse")]));
await browser.close();
server.close();
