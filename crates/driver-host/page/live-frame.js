// One binary message of /api/cameras/N/live: a header of 40 bytes, big-endian, then the picture.

const HEADER_BYTES = 40;
const CODECS = { 1: "jpeg", 2: "h264" };

export function parseLiveFrame(buffer) {
  const header = new DataView(buffer, 0, HEADER_BYTES);
  const flags = header.getUint8(1);
  return {
    codec: CODECS[header.getUint8(0)],
    key: Boolean(flags & 1),
    discontinuity: Boolean(flags & 2),
    /** Frames that the session has dropped so far because this page was too slow. */
    dropped: header.getUint32(4),
    /** Frames of publishers that the session has delivered so far, this one included. */
    delivered: Number(header.getBigUint64(8)),
    /** Picture time in microseconds since 1970. */
    time: Number(header.getBigInt64(16)),
    /** When its last byte came in, milliseconds since 1970 by the server's clock. */
    received: header.getFloat64(24),
    /** When it was sent to this page, by the same clock. */
    sent: header.getFloat64(32),
    data: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/** The codec string of an access unit that begins with its parameter sets (RFC 6381): avc1.PPCCLL. */
export function codecString(accessUnit) {
  const SPS = 7;
  for (let at = 0; at + 8 <= accessUnit.length; at += 1) {
    const startCode = accessUnit[at] === 0 && accessUnit[at + 1] === 0 && accessUnit[at + 2] === 1;
    if (startCode && (accessUnit[at + 3] & 0x1f) === SPS) {
      const profile = [accessUnit[at + 4], accessUnit[at + 5], accessUnit[at + 6]];
      return `avc1.${profile.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    }
  }
  return null;
}
