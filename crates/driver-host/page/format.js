// Figures as people read them.

export function bitrate(bitsPerSecond) {
  if (bitsPerSecond >= 999_500) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

export function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return `${Math.round(count / 1000)} kB`;
}

export function frameRate(fps) {
  return `${Number.isInteger(Math.round(fps * 10) / 10) ? Math.round(fps) : fps.toFixed(1)} fps`;
}

export function size({ width, height }) {
  return width ? `${width} × ${height}` : "";
}

export function duration(seconds) {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  if (minutes) return `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

export function integer(count) {
  return count.toLocaleString("en").replaceAll(",", "\u202f");
}

export function timeOfDay(rfc3339, fractionDigits = 0) {
  const time = new Date(rfc3339);
  const pad = (value, width = 2) => String(value).padStart(width, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => pad(part)).join(":");
  return fractionDigits ? `${clock}.${pad(time.getMilliseconds(), 3)}` : clock;
}

/** The name of a camera, as XProtect has it. */
export function cameraName(number) {
  return `Stream ${number}`;
}
