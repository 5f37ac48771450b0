// The wall: what publishers push is what the tiles show.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, beforeEach, test } from "node:test";
import {
  Host, Publisher, closeBrowser, encode, endTest, isNear, meanColour, openPage, player, publishAs, publishH265, screenshot, showsVideo, tile,
  until,
} from "./support.js";

const WHOLE = { left: 0, top: 0, width: 1, height: 1 };
const UPPER = { left: 0.1, top: 0.1, width: 0.8, height: 0.5 };
const RED = [254, 0, 0];
const BLUE = [0, 0, 254];

/** A plain colour with a white block that moves through its lower part. */
const plain = (colour) =>
  `color=${colour}:size=640x360:rate=15[ground];color=white:size=80x60:rate=15[block];` +
  "[ground][block]overlay=x='mod(t*200,560)':y=290";

let host;
let page;

beforeEach(async () => {
  // All publishers of a test come from one address, at once.
  host = await Host.start({ options: ["--set", "RateLimitEnabled=false"] });
  page = await openPage(host.web);
});

afterEach(() => endTest(page, host));

after(closeBrowser);

const badge = (camera) => tile(page, camera).locator(".badge").textContent();

test("offline cameras show the driver's own picture", async () => {
  await until(async () => (await player(page, 16)).showing === "offline", "camera 16 shows its offline picture");
  assert.equal(await page.locator(".tile").count(), 16);
  assert.equal(await badge(1), "Offline");
  // Large light letters on a dark ground.
  const [red] = await meanColour(page, 1, WHOLE);
  assert.ok(red > 10 && red < 120, `mean red of the offline picture: ${red}`);
  await screenshot(page, "wall-offline");
});

test("two publishers are seen in their colours, move, and go offline", async () => {
  const publishers = [
    Publisher.picture(host, "/stream1", plain("red")),
    Publisher.picture(host, "/stream2", plain("blue")),
  ];
  await showsVideo(page, 1);
  await showsVideo(page, 2);
  await until(async () => isNear(await meanColour(page, 1, UPPER), RED), "camera 1 is red");
  await until(async () => isNear(await meanColour(page, 2, UPPER), BLUE), "camera 2 is blue");
  await until(async () => (await badge(1)) === "Live", "camera 1 is called live");
  await until(async () => /640 × 360/.test(await tile(page, 1).locator(".tile-facts").textContent()), "its size");

  const before = await meanColour(page, 1, { left: 0, top: 0.8, width: 0.1, height: 0.2 });
  await until(async () => {
    const now = await meanColour(page, 1, { left: 0, top: 0.8, width: 0.1, height: 0.2 });
    return !isNear(now, before);
  }, "the block moves");

  await Promise.all(publishers.map((publisher) => publisher.stop()));
  const stopped = await host.event("stream_stopped", { camera: 1 });
  await until(async () => (await player(page, 1)).showing === "offline" && (await badge(1)) === "Offline", "camera 1 is offline");
  const { received, decoded, skipped } = await player(page, 1);
  assert.equal(received, stopped.frames);
  assert.equal(decoded + skipped, received);
});

test("offline shows within 2 s after the publisher stopped", async () => {
  // The quickest of a few counts: a busy machine makes it slower, nothing makes it quicker.
  const took = [];
  while (took.length < 5 && !took.some((milliseconds) => milliseconds < 2000)) {
    const since = host.told.length;
    const publisher = Publisher.picture(host, "/stream1", plain("red"));
    await showsVideo(page, 1);
    await publisher.stop();
    const stopped = await host.event("stream_stopped", { camera: 1, since });
    await until(async () => (await player(page, 1)).showing === "offline" && (await badge(1)) === "Offline", "offline");
    took.push(Date.now() - stopped.readAt);
  }
  assert.ok(took.at(-1) < 2000, `offline after ${took} ms`);
});

test("a publisher of AV1 is refused in plain words", async () => {
  await until(async () => (await player(page, 16)).showing === "offline", "the wall is up");
  const AV1 = 13;
  await publishAs(host, AV1);
  const facts = tile(page, 1).locator(".tile-facts");
  await until(async () => /AV1/.test(await facts.textContent()), "the tile says why");
  assert.match(await facts.textContent(), /only H\.264 and H\.265 can be recorded/);
  assert.equal(await badge(1), "Problem");
  await screenshot(page, "wall-refused");
  await page.click('.tabs a[href="#events"]');
  await page.locator("#timeline", { hasText: "AV1" }).waitFor();
  await screenshot(page, "events-refused");
});

// Debian's Chromium has no decoder for it.
test("H.265 that the browser cannot decode: its tile says so, with state and figures", async () => {
  await until(async () => (await player(page, 16)).showing === "offline", "the wall is up");
  const leave = await publishH265(host);
  await tile(page, 1).locator(".tile-note", { hasText: /cannot decode the stream \(hvc1\.1\.6\.L30\.90\)/ }).waitFor();
  await until(async () => (await badge(1)) === "Live", "camera 1 is called live");
  await until(async () => /96 × 64/.test(await tile(page, 1).locator(".tile-facts").textContent()), "its size");
  await tile(page, 1).locator(".screen").click();
  await until(async () => /H\.265 Main 1/.test(await page.locator("#camera-facts").textContent()), "its codec");
  await screenshot(page, "camera-h265");
  await leave();
  await host.event("stream_stopped", { camera: 1 });
  await until(async () => (await player(page, 1)).showing === "offline" && (await badge(1)) === "Offline", "offline again");
  await until(async () => (await tile(page, 1).locator(".tile-note").isHidden()), "nothing more to say");
  const { received, decoded, skipped } = await player(page, 1);
  assert.ok(received > 0 && decoded === 0 && skipped === received, `${skipped} of ${received} skipped, ${decoded} decoded`);
});

test("an offline picture that takes its time does not take back what was said since", async () => {
  await until(async () => (await player(page, 16)).showing === "offline", "the wall is up");
  await page.evaluate(() => {
    const decode = globalThis.createImageBitmap;
    const held = [];
    globalThis.createImageBitmap = async (...picture) => {
      const bitmap = await decode(...picture);
      return new Promise((resolve) => held.push(() => resolve(bitmap)));
    };
    globalThis.heldPictures = held;
    globalThis.showHeldPictures = () => {
      globalThis.createImageBitmap = decode;
      held.forEach((show) => show());
    };
  });
  await until(() => page.evaluate(() => globalThis.heldPictures.length >= 32), "each camera has had a picture");
  const leave = await publishH265(host);
  const note = tile(page, 1).locator(".tile-note", { hasText: "cannot decode the stream" });
  await note.waitFor();
  await page.evaluate(() => globalThis.showHeldPictures());
  await until(async () => (await badge(1)) === "Live", "camera 1 is called live");
  assert.match((await player(page, 1)).message, /cannot decode the stream/);
  await leave();
});

test("a publisher of an unknown path is refused, with a message in the corner", async () => {
  await until(async () => (await player(page, 1)).showing === "offline", "the page is up");
  await Publisher.picture(host, "/nobody", plain("red"), { seconds: 5 }).ended;
  await page.locator(".toast", { hasText: "/nobody" }).waitFor();
});

test("a page that is opened in mid-stream plays at once, and ten more leave nothing behind", async () => {
  const publisher = Publisher.picture(host, "/stream1", plain("red"));
  await showsVideo(page, 1);
  const sessions = async () => (await host.cameras())[0].sessions;
  const threads = async () => Number(/^Threads:\s+(\d+)$/m.exec(await readFile(`/proc/${host.pid}/status`, "utf8"))[1]);
  await until(async () => (await sessions()) === 2, "the program's session and the page's");
  const threadsBefore = await threads();
  for (let time = 1; time <= 10; time += 1) {
    await page.reload();
    await showsVideo(page, 1);
  }
  await until(async () => (await sessions()) === 2, "sessions of closed pages are closed");
  await until(async () => (await threads()) <= threadsBefore, `no more than ${threadsBefore} threads`);
  await page.goto("about:blank");
  await until(async () => (await sessions()) === 1, "only the program's session is left");
  await publisher.stop();
});

test("ten publishes in a row play, each in its size", async () => {
  const sources = await Promise.all(["640x360", "320x180"].map((size) => encode(`testsrc2=size=${size}:rate=15`, { seconds: 1 })));
  for (let time = 0; time < 10; time += 1) {
    const since = host.told.length;
    const width = [640, 320][time % 2];
    const publisher = Publisher.file(host, "/stream1", sources[time % 2].file);
    await until(async () => {
      const state = await player(page, 1);
      return state.showing === "video" && state.width === width;
    }, `publish ${time + 1} plays, ${width} wide`);
    await publisher.ended;
    await host.event("stream_stopped", { camera: 1, since });
  }
  await until(async () => (await player(page, 1)).showing === "offline", "offline at the end");
  const { received, decoded, skipped, errors } = await player(page, 1);
  assert.equal(received, 150);
  assert.equal(decoded + skipped, 150);
  assert.equal(errors, 0);
  await Promise.all(sources.map((source) => source.remove()));
});

test("sixteen cameras at once, and every frame is accounted for", async () => {
  const pictures = [
    "testsrc2=size=640x360:rate=15",
    "gradients=size=640x360:rate=15:speed=0.03:c0=#0b3d4a:c1=#2fd0e6:c2=#112233:c3=#f2b84b:nb_colors=4:seed=1",
    "mandelbrot=size=640x360:rate=15",
    "smptehdbars=size=640x360:rate=15",
    "life=size=320x180:rate=15:mold=12:ratio=0.3:death_color=#0a2a33:life_color=#2fd0e6:seed=7,scale=640x360:flags=neighbor",
    "mandelbrot=size=640x360:rate=15:start_x=-0.7453:start_y=0.1127:start_scale=0.03:end_scale=0.001",
    "testsrc=size=640x360:rate=15",
    "gradients=size=640x360:rate=15:speed=0.02:c0=#2b1055:c1=#7597de:c2=#e65c9c:c3=#120a26:nb_colors=4:seed=5",
  ];
  const sources = [];
  for (const picture of pictures) sources.push(await encode(picture, { seconds: 8 }));
  const publishers = Array.from({ length: 16 }, (_, index) =>
    Publisher.file(host, `/stream${index + 1}`, sources[index % sources.length].file, { endless: true }));
  for (let camera = 1; camera <= 16; camera += 1) await showsVideo(page, camera);
  await until(async () => (await page.locator("#totals").textContent()).includes("16"), "16 live cameras");
  await until(async () => (await player(page, 1)).decoded > 100, "plots with something in them");
  await screenshot(page, "wall-live");
  await screenshot(page, "wall-live", { type: "jpeg", quality: 85 });
  await tile(page, 4).locator(".screen").click();
  await until(async () => (await page.locator("#camera-facts").textContent()).includes("Socket to page"), "figures");
  await screenshot(page, "camera-live");
  await page.keyboard.press("Escape");

  await Promise.all(publishers.map((publisher) => publisher.stop()));
  for (let camera = 1; camera <= 16; camera += 1) {
    const { frames } = await host.event("stream_stopped", { camera });
    await until(async () => (await player(page, camera)).showing === "offline", `camera ${camera} is offline`);
    const counted = await player(page, camera);
    const driver = (await host.cameras())[camera - 1];
    assert.equal(driver.frames, frames, `camera ${camera}: ingest`);
    assert.equal(counted.deliveredByServer + counted.droppedByServer, frames, `camera ${camera}: the page's session`);
    assert.equal(counted.received, counted.deliveredByServer, `camera ${camera}: what was sent to the page`);
    assert.equal(counted.decoded + counted.skipped, counted.received, `camera ${camera}: what the page made of it`);
    // The program's own session takes every frame; the page may be too slow, and says so.
    assert.equal(driver.delivered, frames + counted.deliveredByServer);
    assert.equal(driver.dropped, counted.droppedByServer);
  }
  await Promise.all(sources.map((source) => source.remove()));
});
