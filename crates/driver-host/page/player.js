// Plays one camera: WebSocket in, WebCodecs decodes, a canvas shows. Nothing is transcoded.

import { codecString, parseLiveFrame } from "./live-frame.js";

/** More pictures than this waiting in the decoder, and the page skips to the next key frame. */
const DECODER_BACKLOG = 60;
const RECONNECT_MS = [250, 500, 1000, 2000];
const CLOCK_CHECK_MS = 5000;

export const canDecode = "VideoDecoder" in globalThis;

export class Player {
  /** Of pictures that publishers sent; the driver's offline pictures are not counted. */
  counters = {
    received: 0,
    decoded: 0,
    /** Not decoded: the decoder was too slow, waited for a key frame, or failed. */
    skipped: 0,
    errors: 0,
    /** Dropped by the server before they were sent here. */
    droppedByServer: 0,
    deliveredByServer: 0,
    connections: 0,
  };
  state = { connected: false, showing: "nothing", latencyMs: null, width: 0, height: 0, message: null };

  #camera;
  #canvases = new Set();
  #socket = null;
  #decoder = null;
  #codec = null;
  #needsKey = true;
  #arrivals = new Map();
  /** Frames so far, offline pictures included. */
  #frames = 0;
  #latest = null;
  #drawRequested = false;
  #failures = 0;
  #clockOffsetMs = 0;
  #clockRoundTripMs = Infinity;
  #stopped = false;

  constructor(camera) {
    this.#camera = camera;
  }

  start() {
    this.#stopped = false;
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#socket?.close();
  }

  /** Shows the pictures in this canvas too. */
  addCanvas(canvas) {
    this.#canvases.add(canvas);
    this.#requestDraw();
  }

  removeCanvas(canvas) {
    this.#canvases.delete(canvas);
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/cameras/${this.#camera}/live`);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    let clock;
    socket.addEventListener("open", () => {
      this.state.connected = true;
      this.counters.connections += 1;
      this.#failures = 0;
      this.#needsKey = true;
      const askClock = () => socket.send(JSON.stringify({ clock: Date.now() }));
      askClock();
      clock = setInterval(askClock, CLOCK_CHECK_MS);
    });
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.#setClock(JSON.parse(data));
      else this.#frame(parseLiveFrame(data));
    });
    socket.addEventListener("close", () => {
      clearInterval(clock);
      this.state.connected = false;
      if (this.#stopped) return this.#closeDecoder();
      const wait = RECONNECT_MS[Math.min(this.#failures, RECONNECT_MS.length - 1)];
      this.#failures += 1;
      setTimeout(() => this.#stopped || this.#connect(), wait);
    });
  }

  /** How far the server's clock is ahead of this browser's: as the quickest answer so far tells. */
  #setClock({ clock, server }) {
    const now = Date.now();
    if (now - clock > this.#clockRoundTripMs) return;
    this.#clockRoundTripMs = now - clock;
    this.#clockOffsetMs = server - (clock + now) / 2;
  }

  #frame(frame) {
    this.#frames += 1;
    if (frame.codec === "jpeg") return this.#offlinePicture(frame);
    this.counters.received += 1;
    this.counters.droppedByServer = frame.dropped;
    this.counters.deliveredByServer = frame.delivered;
    if (!canDecode) return this.#skip("This browser has no WebCodecs: it cannot show video here.");
    if (frame.discontinuity) this.#needsKey = true;
    if (frame.key && !this.#prepareDecoder(frame)) return;
    if (this.#needsKey && !frame.key) return this.#skip(null);
    if (this.#decoder.decodeQueueSize > DECODER_BACKLOG) {
      this.#needsKey = true;
      return this.#skip("This browser decodes too slowly; pictures are skipped.");
    }
    this.#needsKey = false;
    this.#arrivals.set(frame.time, frame.received);
    this.#decoder.decode(new EncodedVideoChunk({
      type: frame.key ? "key" : "delta",
      timestamp: frame.time,
      data: frame.data,
    }));
  }

  #skip(message) {
    this.counters.skipped += 1;
    if (message) this.state.message = message;
  }

  /** A decoder for this key frame's profile; the one there is if it fits. */
  #prepareDecoder(frame) {
    const codec = codecString(frame.codec, frame.data);
    if (!codec) {
      this.#skip(null);
      return false;
    }
    if (this.#decoder?.state === "configured" && codec === this.#codec) return true;
    this.#closeDecoder();
    const decoder = new VideoDecoder({
      output: (picture) => this.#decoder === decoder ? this.#picture(picture) : picture.close(),
      error: (error) => this.#decoderFailed(decoder, error),
    });
    // Annex B: no `description`, the parameter sets are in the stream.
    decoder.configure({ codec, optimizeForLatency: true });
    this.#decoder = decoder;
    this.#codec = codec;
    return true;
  }

  #decoderFailed(decoder, error) {
    if (this.#decoder !== decoder) return;
    this.counters.errors += 1;
    this.counters.skipped += this.#arrivals.size;
    this.state.message = `This browser cannot decode the stream (${this.#codec}): ${error.message}`;
    this.#decoder = null;
    this.#needsKey = true;
    this.#arrivals.clear();
  }

  #closeDecoder() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
    this.counters.skipped += this.#arrivals.size;
    this.#arrivals.clear();
  }

  #picture(picture) {
    this.counters.decoded += 1;
    const received = this.#arrivals.get(picture.timestamp);
    this.#arrivals.delete(picture.timestamp);
    if (received) {
      const latency = Date.now() + this.#clockOffsetMs - received;
      this.state.latencyMs = this.state.latencyMs === null ? latency : this.state.latencyMs * 0.9 + latency * 0.1;
    }
    this.state.showing = "video";
    this.state.message = null;
    this.state.width = picture.displayWidth;
    this.state.height = picture.displayHeight;
    this.#show(picture);
  }

  async #offlinePicture(frame) {
    this.#closeDecoder();
    this.#needsKey = true;
    const frames = this.#frames;
    const picture = await createImageBitmap(new Blob([frame.data], { type: "image/jpeg" }));
    // Something else may have come while the picture was decoded, such as video that cannot be.
    if (this.#frames !== frames) return picture.close();
    this.state.showing = "offline";
    this.state.message = null;
    this.state.latencyMs = null;
    this.#show(picture);
  }

  #show(picture) {
    this.#latest?.close();
    this.#latest = picture;
    this.#requestDraw();
  }

  #requestDraw() {
    if (this.#drawRequested) return;
    this.#drawRequested = true;
    requestAnimationFrame(() => {
      this.#drawRequested = false;
      this.#draw();
    });
  }

  #draw() {
    const picture = this.#latest;
    if (!picture) return;
    const width = picture.displayWidth ?? picture.width;
    const height = picture.displayHeight ?? picture.height;
    for (const canvas of this.#canvases) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      canvas.getContext("2d", { alpha: false }).drawImage(picture, 0, 0, width, height);
    }
  }
}
