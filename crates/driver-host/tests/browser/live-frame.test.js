// What the page makes of a camera's bytes, without a browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const source = await readFile(new URL("../../page/live-frame.js", import.meta.url), "utf8");
const { codecString, parseLiveFrame } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const clip = (name) => readFile(new URL(`../../../flv-h264/tests/fixtures/clips/${name}`, import.meta.url));

test("codec strings say what the configuration records of x265 and FFmpeg do", async () => {
  assert.equal(codecString("h265", await clip("hevc_ipb.h265")), "hvc1.1.6.L30.90");
  assert.equal(codecString("h265", await clip("hevc_main_10.h265")), "hvc1.2.4.L30.90");
});

test("codec strings of other parameter sets", () => {
  const sps = (...bytes) => Uint8Array.of(0, 0, 0, 1, ...bytes);
  // Profile space 1 (ISO/IEC 14496-15, annex E.3: A), high tier, no constraints.
  assert.equal(codecString("h265", sps(0x42, 1, 1, 0x64, 0x10, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 93)), "hvc1.A4.8.H93");
  // With three-byte start codes, and a delimiter in front.
  assert.equal(codecString("h264", Uint8Array.of(0, 0, 1, 9, 0x10, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0a, 0xda)), "avc1.42c00a");
  assert.equal(codecString("h264", Uint8Array.of(0, 0, 1, 0x65, 0x88, 0x84)), null);
  // One codec's parameter sets are none of the other's.
  assert.equal(codecString("h265", Uint8Array.of(0, 0, 1, 0x67, 0x42, 0xc0, 0x0a, 0xda)), null);
});

test("the codec of a frame is told by its header", () => {
  const codecs = [1, 2, 3].map((number) => {
    const message = new Uint8Array(41);
    message[0] = number;
    return parseLiveFrame(message.buffer).codec;
  });
  assert.deepEqual(codecs, ["jpeg", "h264", "h265"]);
});
