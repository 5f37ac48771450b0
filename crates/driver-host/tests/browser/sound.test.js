// Sound: heard when somebody asks, one camera at a time.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, test } from "node:test";
import { Host, Publisher, closeBrowser, endTest, openPage, showsVideo, tile, until } from "./support.js";

let host;
let page;

beforeEach(async () => {
  host = await Host.start({ options: ["--set", "RateLimitEnabled=false"] });
  page = await openPage(host.web);
});

afterEach(() => endTest(page, host));

after(closeBrowser);

const publish = (path, hertz, codec) => new Publisher([
  "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15",
  "-re", "-f", "lavfi", "-i", `sine=frequency=${hertz}:sample_rate=${codec === "aac" ? 44100 : 8000}`,
  "-t", "120", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15",
  "-c:a", codec, "-f", "flv", `rtmp://127.0.0.1:${host.port}${path}`,
]);

const heard = () => page.evaluate(() => globalThis.wall.sound());
const button = (camera) => tile(page, camera).locator(".hear");

/** The frequency at which the samples have most power, to 10 Hz. */
function peak({ samples, sampleRate }) {
  const power = (hertz) => {
    let [re, im] = [0, 0];
    samples.forEach((sample, at) => {
      const angle = 2 * Math.PI * hertz * at / sampleRate;
      re += sample * Math.cos(angle);
      im += sample * Math.sin(angle);
    });
    return re * re + im * im;
  };
  const candidates = Array.from({ length: 190 }, (_, step) => 100 + 10 * step);
  return candidates.reduce((best, hertz) => (power(hertz) > power(best) ? hertz : best));
}

/** Clicks, and waits for a good piece of sound. */
async function listenTo(camera) {
  await button(camera).waitFor();
  await button(camera).click();
  return until(async () => {
    const sound = await heard();
    return sound.camera === camera && sound.samples.length >= sound.sampleRate / 2 && sound.sampleRate > 0 && sound;
  }, `camera ${camera} is heard`);
}

for (const codec of ["aac", "pcm_alaw", "pcm_mulaw"]) {
  test(`a tone of 440 Hz is heard as one: ${codec}`, async () => {
    const publisher = publish("/stream1", 440, codec);
    await showsVideo(page, 1);
    const silent = await heard();
    assert.equal(silent.camera, null, "silent until somebody asks");
    assert.equal(silent.frames, 0);
    assert.equal(peak(await listenTo(1)), 440);
    await until(async () => (await heard()).level > 0.2, "the meter moves");
    assert.ok(await tile(page, 1).locator(".level").isVisible());
    await button(1).click();
    assert.equal((await heard()).camera, null, "silent again");
    await publisher.stop();
  });
}

test("one camera is heard at a time", async () => {
  const publishers = [publish("/stream1", 440, "aac"), publish("/stream2", 1000, "aac")];
  await showsVideo(page, 1);
  await showsVideo(page, 2);
  assert.equal(peak(await listenTo(1)), 440);
  assert.equal(peak(await listenTo(2)), 1000);
  assert.equal(await button(1).getAttribute("aria-pressed"), "false");
  assert.equal(await button(2).getAttribute("aria-pressed"), "true");
  await Promise.all(publishers.map((publisher) => publisher.stop()));
});
