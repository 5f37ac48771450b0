// Plays the sound of one camera at a time, and only when somebody asks: WebSocket in, WebCodecs decodes, Web Audio plays.

const HEADER_BYTES = 16;
const CODECS = { 1: "mp4a.40.2", 2: "alaw", 3: "ulaw", 4: "pcm-s16" };
/** Sound comes a few times a second: so much is waited for before it plays. */
const DELAY_SECONDS = 0.3;
/** Later than that, and it starts anew. */
const LATEST_SECONDS = 2;
/** What tests look at: the latest second of the first channel. */
const KEPT_SECONDS = 1;

export const canHear = "AudioDecoder" in globalThis;

class Sound extends EventTarget {
  /** The camera that is heard, or null. */
  camera = null;
  message = null;
  #socket = null;
  #decoder = null;
  #format = "";
  #context = null;
  #analyser = null;
  #next = 0;
  #latest = [];
  #latestRate = 0;
  #frames = 0;

  /** Hears this camera instead of another; null for silence. */
  listen(camera) {
    this.#stop();
    this.camera = camera;
    this.message = null;
    if (camera !== null) this.#start(camera);
    this.dispatchEvent(new Event("change"));
  }

  /** How loud it is, from 0 to 1. */
  get level() {
    if (!this.#analyser) return 0;
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // 60 dB to the top.
    return Math.min(1, Math.max(0, 1 + Math.log10(power + 1e-12) / 6));
  }

  get statistics() {
    const { camera, message } = this;
    return { camera, message, frames: this.#frames, sampleRate: this.#latestRate, samples: this.#latest, level: this.level };
  }

  #start(camera) {
    // A person has clicked: browsers let it play.
    this.#context ??= new AudioContext();
    this.#context.resume();
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 2048 });
    this.#analyser.connect(this.#context.destination);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/cameras/${camera}/sound`);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#socket === socket && this.#frame(data));
    socket.addEventListener("close", () => this.#socket === socket && this.listen(null));
    this.#socket = socket;
  }

  #stop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#closeDecoder();
    this.#analyser?.disconnect();
    this.#analyser = null;
    this.#latest = [];
    this.#frames = 0;
    this.#next = 0;
  }

  #frame(buffer) {
    const header = new DataView(buffer, 0, HEADER_BYTES);
    const config = {
      codec: CODECS[header.getUint8(0)],
      numberOfChannels: header.getUint8(1),
      sampleRate: header.getUint32(4),
    };
    const format = JSON.stringify(config);
    if (header.getUint8(2) || format !== this.#format || !this.#decoder) {
      if (!this.#prepareDecoder(config, format)) return;
    }
    this.#decoder.decode(new EncodedAudioChunk({
      type: "key",
      timestamp: Number(header.getBigInt64(8)),
      data: new Uint8Array(buffer, HEADER_BYTES),
    }));
  }

  #prepareDecoder(config, format) {
    this.#closeDecoder();
    if (!canHear) {
      this.message = "This browser has no WebCodecs for sound.";
      return false;
    }
    const decoder = new AudioDecoder({
      output: (sound) => {
        if (this.#decoder === decoder) this.#play(sound);
        sound.close();
      },
      error: (error) => {
        if (this.#decoder !== decoder) return;
        this.message = `This browser cannot decode the sound (${config.codec}): ${error.message}`;
        this.#decoder = null;
      },
    });
    // AAC has ADTS headers: no `description`.
    decoder.configure(config);
    this.#decoder = decoder;
    this.#format = format;
    return true;
  }

  #closeDecoder() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }

  #play(sound) {
    const { numberOfChannels, numberOfFrames, sampleRate } = sound;
    const buffer = new AudioBuffer({ numberOfChannels, length: numberOfFrames, sampleRate });
    for (let channel = 0; channel < numberOfChannels; channel += 1) {
      const samples = new Float32Array(numberOfFrames);
      sound.copyTo(samples, { planeIndex: channel, format: "f32-planar" });
      buffer.copyToChannel(samples, channel);
      if (channel === 0) this.#keep(samples, sampleRate);
    }
    this.#frames += 1;
    const now = this.#context.currentTime;
    if (this.#next < now || this.#next > now + LATEST_SECONDS) this.#next = now + DELAY_SECONDS;
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#analyser);
    source.start(this.#next);
    this.#next += buffer.duration;
  }

  #keep(samples, sampleRate) {
    if (this.#latestRate !== sampleRate) this.#latest = [];
    this.#latestRate = sampleRate;
    this.#latest.push(...samples);
    this.#latest.splice(0, this.#latest.length - sampleRate * KEPT_SECONDS);
  }
}

export const sound = new Sound();
