// One binary message of /api/cameras/N/live: a header of 40 bytes, big-endian, then the picture.

const HEADER_BYTES = 40;
const CODECS = { 1: "jpeg", 2: "h264", 3: "h265" };

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

/** The codec string of an access unit that begins with its parameter sets (RFC 6381). */
export function codecString(codec, accessUnit) {
  const { isSps, fromSps } = STRINGS[codec];
  for (let at = 0; at + 4 < accessUnit.length; at += 1) {
    const startCode = accessUnit[at] === 0 && accessUnit[at + 1] === 0 && accessUnit[at + 2] === 1;
    if (startCode && isSps(accessUnit[at + 3])) return fromSps(withoutEmulationPrevention(accessUnit, at + 3));
  }
  return null;
}

const STRINGS = {
  h264: {
    isSps: (header) => (header & 0x1f) === 7,
    /** avc1.PPCCLL: profile, constraints and level behind a header of one byte. */
    fromSps: (sps) => `avc1.${[1, 2, 3].map((at) => hex(sps[at]).padStart(2, "0")).join("")}`,
  },
  h265: {
    isSps: (header) => ((header >> 1) & 0x3f) === 33,
    /** hvc1.PROFILE.COMPATIBILITY.LEVEL.CONSTRAINTS (ISO/IEC 14496-15 annex E.3), behind a header of two bytes. */
    fromSps: (sps) => {
      const profileByte = sps[3];
      const profile = ["", "A", "B", "C"][profileByte >> 6] + (profileByte & 0x1f);
      const tier = profileByte & 0x20 ? "H" : "L";
      const compatibility = [4, 5, 6, 7].reduce((flags, at, byte) => flags + reversed(sps[at]) * 2 ** (8 * byte), 0);
      const constraints = Array.from(sps.slice(8, 14));
      while (constraints.at(-1) === 0) constraints.pop();
      return ["hvc1", profile, hex(compatibility), tier + sps[14], ...constraints.map(hex)].join(".");
    },
  },
};

/** As much of a NAL unit as codec strings need. */
function withoutEmulationPrevention(bytes, start) {
  const unit = [];
  for (let at = start; at < bytes.length && unit.length < 16; at += 1) {
    const inserted = bytes[at] === 3 && at >= start + 2 && bytes[at - 1] === 0 && bytes[at - 2] === 0;
    if (!inserted) unit.push(bytes[at]);
  }
  return unit;
}

function reversed(byte) {
  let bits = 0;
  for (let bit = 0; bit < 8; bit += 1) bits = bits * 2 + ((byte >> bit) & 1);
  return bits;
}

function hex(number) {
  return (number ?? 0).toString(16);
}
