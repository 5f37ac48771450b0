// The page as a person uses it: settings, keyboard, narrow screens, other browsers.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, afterEach, beforeEach, test } from "node:test";
import { join } from "node:path";
import { promisify } from "node:util";
import { Host, Publisher, closeBrowser, endTest, openPage, player, screenshot, showsVideo, tile, until } from "./support.js";

let host;
let page;

beforeEach(async () => {
  host = await Host.start();
});

afterEach(() => endTest(page, host));

after(closeBrowser);

/** The field of a camera among those of one setting. */
const ofCamera = (page, setting, camera) =>
  page.getByRole("group", { name: setting }).getByLabel(camera, { exact: true });

/** What a QR code on the page says, if it can be read. */
const read = async (code) => {
  const file = join(process.env.SCREENSHOTS, "qr.png");
  await code.screenshot({ path: file });
  const { stdout } = await promisify(execFile)("zbarimg", ["--quiet", "--raw", file]).catch(() => ({ stdout: "" }));
  return stdout.trim();
};

const PICTURE = "testsrc2=size=640x360:rate=15";

test("settings are changed, take effect at once, and come back", async () => {
  page = await openPage(new URL("#settings", host.web).href);
  await page.getByLabel("Max Concurrent Connections").fill("64");
  await page.getByLabel("Show Stream Offline Info").click();
  await page.getByLabel("Publisher Authentication").selectOption("StreamKey");
  await ofCamera(page, "Stream Key", "Stream 3").fill("s3cret");
  await ofCamera(page, "RTMP Push Stream Path", "Stream 3").fill("/yard");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("Applied.").waitFor();
  await page.reload();
  await until(async () => (await page.getByLabel("Max Concurrent Connections").inputValue()) === "64", "the new value");
  assert.equal(await page.getByLabel("Show Stream Offline Info").isChecked(), false);
  assert.equal(await page.getByLabel("Publisher Authentication").inputValue(), "StreamKey");
  assert.equal(await ofCamera(page, "Stream Key", "Stream 3").inputValue(), "", "secrets never come out");

  const publisher = Publisher.picture(host, "/yard?key=s3cret", PICTURE);
  assert.equal((await host.event("stream_started")).camera, 3);
  await publisher.stop();
  await screenshot(page, "settings");
});

test("a secret that is set can be removed, and until that is applied be kept", async () => {
  page = await openPage(new URL("#settings", host.web).href);
  const key = ofCamera(page, "Stream Key", "Stream 3");
  const button = (verb) => page.getByRole("button", { name: `${verb} Stream Key of Stream 3` });
  const apply = async () => {
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Applied.").waitFor();
    await page.reload();
    await key.waitFor();
  };
  await page.getByLabel("Publisher Authentication").selectOption("StreamKey");
  assert.equal(await key.getAttribute("placeholder"), "Not set");
  await key.fill("s3cret");
  await apply();
  assert.equal(await key.getAttribute("placeholder"), "Set");

  // Who changes his mind changes nothing.
  const warning = page.getByText("Without a key Stream 3 is open");
  assert.equal(await warning.count(), 0, "nobody is about to remove it");
  await key.fill("an0ther");
  await button("Remove").click();
  assert.equal(await warning.isVisible(), true, "who removes a key is told what that means");
  assert.equal(await key.isDisabled(), true);
  assert.equal(await key.inputValue(), "");
  await screenshot(page, "settings-remove");
  await button("Keep").click();
  assert.equal(await warning.count(), 0);
  assert.equal(await key.isDisabled(), false);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("Nothing was changed.").waitFor();

  await button("Remove").click();
  await apply();
  assert.equal(await key.getAttribute("placeholder"), "Not set");
  assert.equal(await button("Remove").count(), 0);
  // Without a key the path is enough.
  const publisher = Publisher.picture(host, "/stream3", PICTURE);
  assert.equal((await host.event("stream_started")).camera, 3);
  await publisher.stop();
});

test("what the driver refuses is told beside its field, and nothing is applied", async () => {
  page = await openPage(new URL("#settings", host.web).href);
  const connections = page.getByLabel("Max Concurrent Connections");
  await connections.fill("5000");
  await ofCamera(page, "RTMP Push Stream Path", "Stream 2").fill("/stream1");
  await page.getByLabel("Rate Limit Max Requests Per Second").fill("20");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.locator("#MaxConnections-error", { hasText: "1 to 1000" }).waitFor();
  assert.equal(await connections.getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator(".of-cameras .error:visible").count() > 0, true);
  await screenshot(page, "settings-refused");
  await page.getByRole("button", { name: "Discard" }).click();
  await until(async () => (await connections.inputValue()) === "32", "the value that holds");
  assert.equal(await page.getByLabel("Rate Limit Max Requests Per Second").inputValue(), "10");
  // The browser tells of every answer 422.
  page.complaints = page.complaints.filter((complaint) => !complaint.includes("422"));
});

test("what is accepted and not in effect yet is not called applied", async () => {
  page = await openPage(new URL("#settings", host.web).href);
  // As it is answered when the listener takes its time.
  await page.route("**/api/settings", async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const response = await route.fetch();
    return route.fulfill({ response, status: 202 });
  });
  await page.getByLabel("Max Concurrent Connections").fill("63");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("Accepted, and not all in effect yet").waitFor();
  assert.equal(await page.getByText("Applied.").count(), 0);
  assert.equal(await page.getByLabel("Max Concurrent Connections").inputValue(), "63");
});

test("settings that leave nobody able to publish say so, until others are applied", async () => {
  page = await openPage(new URL("#settings", host.web).href);
  const apply = page.getByRole("button", { name: "Apply" });
  await page.getByLabel("TLS Enable (RTMPS)").click();
  await apply.click();
  await page.getByText(/Applied, and nobody can publish now: .*rtmp\.pfx/).waitFor();
  await page.getByLabel("TLS Enable (RTMPS)").click();
  await apply.click();
  await page.getByText("Applied.", { exact: true }).waitFor();
});

test("everything can be reached with the keyboard", async () => {
  page = await openPage(host.web);
  await until(async () => (await player(page, 1)).showing === "offline", "the wall is up");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await tile(page, 2).locator(".screen").focus();
  await page.keyboard.press("Enter");
  const title = page.locator("#camera-title");
  await until(async () => (await title.textContent()) === "Stream 2", "camera 2 is open");
  await page.keyboard.press("ArrowRight");
  await until(async () => (await title.textContent()) === "Stream 3", "the next one");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await until(async () => (await title.textContent()) === "Stream 1", "the one before");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  const focused = () => page.evaluate(() => document.activeElement.closest(".tile")?.dataset.camera);
  await until(async () => (await focused()) === "1", "the camera that was shown last has the focus");
});

test("the push address is copied, and its QR code reads the same", async () => {
  page = await openPage(host.web, { permissions: ["clipboard-read", "clipboard-write"] });
  await until(async () => (await player(page, 1)).showing === "offline", "the wall is up");
  const address = `rtmp://127.0.0.1:${host.port}/stream5`;
  await until(async () => (await tile(page, 5).locator(".copy").getAttribute("title"))?.includes(address), "the address");
  await tile(page, 5).locator(".copy").click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), address);

  await tile(page, 5).locator(".screen").click();
  const code = page.locator("#camera-qr");
  await until(() => code.evaluate((image) => image.complete && image.naturalWidth > 0), "the QR code");
  assert.equal(await read(code), address);
  await screenshot(page, "camera-offline");
});

test("a stream key is shown when asked, and a new one is made", async () => {
  page = await openPage(new URL("#settings", host.web).href);
  await page.getByLabel("Publisher Authentication").selectOption("StreamKey");
  await ofCamera(page, "Stream Key", "Stream 2").fill("f1rst-key");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("Applied.").waitFor();
  await page.goto(host.web);
  await until(async () => (await player(page, 2)).showing === "offline", "the wall is up");
  await tile(page, 2).locator(".screen").click();
  const ways = page.locator("#camera-ways");
  const address = `rtmp://127.0.0.1:${host.port}/stream2?key=`;
  const readsAs = async (text) => until(async () => (await read(page.locator("#camera-qr"))) === text, `QR code of ${text}`);
  await until(async () => (await ways.textContent()).includes(`${address}KEY`), "where the key goes");
  assert.ok(!(await page.content()).includes("f1rst-key"), "nobody has asked for the key");

  await page.getByRole("button", { name: "Show with the stream key" }).click();
  await until(async () => (await ways.textContent()).includes(`${address}f1rst-key`), "the key");
  await readsAs(`${address}f1rst-key`);
  // Out of habit. It is one new key, so the first one stays good.
  await page.getByRole("button", { name: "New stream key" }).dblclick();
  const made = /stream2\?key=([A-Za-z0-9]{22})(?![A-Za-z0-9])/;
  await until(async () => made.test(await ways.textContent()), "a new key");
  const [, key] = made.exec(await ways.textContent());
  await readsAs(`${address}${key}`);
  for (const good of ["f1rst-key", key]) {
    const since = host.told.length;
    const publisher = Publisher.picture(host, `/stream2?key=${good}`, PICTURE);
    await host.event("stream_started", { camera: 2, since });
    await publisher.stop();
    await host.event("stream_stopped", { camera: 2, since });
  }
});

test("the log is filtered by level and text", async () => {
  page = await openPage(new URL("#log", host.web).href);
  const lines = page.locator("#log-lines p");
  await lines.first().waitFor();
  await page.locator(".segments", { hasText: "Errors" }).getByText("Errors").click();
  assert.equal(await lines.count(), 0, "nothing is wrong");
  await page.getByText("Debug").click();
  await page.getByPlaceholder("Filter text").fill("no line says this");
  assert.equal(await lines.count(), 0);
  await page.getByPlaceholder("Filter text").fill("listen");
  await lines.first().waitFor();
  await screenshot(page, "log");
});

test("it fits a phone, in every view", async () => {
  page = await openPage(host.web, { viewport: { width: 390, height: 844 } });
  const publisher = Publisher.picture(host, "/stream1", PICTURE);
  await showsVideo(page, 1);
  await until(async () => (await tile(page, 1).locator(".badge").textContent()) === "Live", "figures");
  for (const view of ["wall", "events", "log", "settings"]) {
    await page.click(`.tabs a[href="#${view}"]`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${view} is ${overflow} px too wide`);
    await screenshot(page, `phone-${view}`);
  }
  await page.click('.tabs a[href="#wall"]');
  await tile(page, 1).locator(".screen").click();
  await screenshot(page, "phone-camera");
  await publisher.stop();
});

test("light or dark as the system says, until the person chooses", async () => {
  page = await openPage(host.web, { colorScheme: "light" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await until(async () => (await player(page, 16)).showing === "offline", "the wall is up");
  assert.equal(await theme(), "light");
  await screenshot(page, "wall-light");
  await page.locator("#theme").click();
  assert.equal(await theme(), "dark");
  await page.reload();
  assert.equal(await theme(), "dark");
});

test("a browser without WebCodecs says what is missing", async () => {
  page = await openPage(host.web, { init: () => { delete globalThis.VideoDecoder; } });
  await page.locator("#no-webcodecs").waitFor();
  assert.match(await page.locator("#no-webcodecs").textContent(), /WebCodecs/);
  const publisher = Publisher.picture(host, "/stream1", PICTURE);
  await page.locator('.tile[data-camera="1"] .tile-note', { hasText: "WebCodecs" }).waitFor({ timeout: 60_000 });
  await publisher.stop();
});

test("when the program ends the page says so, and goes on when it is back", async () => {
  page = await openPage(host.web);
  await page.getByText("Connected").waitFor();
  const { host: address } = new URL(host.web);
  await host.stop();
  await page.getByText("Connection lost").waitFor();
  host = await Host.start({ web: address });
  await page.getByText("Connected").waitFor({ timeout: 60_000 });
  await until(async () => (await player(page, 1)).connections >= 2, "pictures are back", 60_000);
  // The browser tells of every attempt that failed meanwhile.
  page.complaints = page.complaints.filter((complaint) => !/ERR_|WebSocket connection/.test(complaint));
});
