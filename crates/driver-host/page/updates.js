// What the server tells about itself: cameras once a second, events and log lines as they come.

const HISTORY_SECONDS = 120;
const EVENTS_KEPT = 500;
const LOG_LINES_KEPT = 2000;

class Updates extends EventTarget {
  cameras = [];
  events = [];
  log = [];
  /** Bits per second of every camera's running publish, oldest first. */
  bitrates = Array.from({ length: 16 }, () => []);

  connect() {
    const source = new EventSource("/api/updates");
    source.addEventListener("open", () => this.#tell("link", true));
    source.addEventListener("error", () => this.#tell("link", false));
    source.addEventListener("reset", () => {
      this.events = [];
      this.log = [];
      this.#tell("events");
      this.#tell("log");
    });
    source.addEventListener("cameras", ({ data }) => {
      this.cameras = JSON.parse(data);
      for (const camera of this.cameras) {
        this.#keepBitrate(this.bitrates[camera.camera - 1], camera.video);
      }
      this.#tell("cameras");
    });
    source.addEventListener("event", ({ data }) => {
      this.#keep(this.events, JSON.parse(data), EVENTS_KEPT);
      this.#tell("events", this.events.at(-1));
    });
    source.addEventListener("log", ({ data }) => {
      this.#keep(this.log, JSON.parse(data), LOG_LINES_KEPT);
      this.#tell("log", this.log.at(-1));
    });
  }

  #keepBitrate(history, video) {
    if (!video) history.length = 0;
    // Nothing is measured before the first second is over.
    else if (video.bitrate > 0) this.#keep(history, video.bitrate, HISTORY_SECONDS);
  }

  #keep(list, item, limit) {
    list.push(item);
    if (list.length > limit) list.splice(0, list.length - limit);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

export const updates = new Updates();
