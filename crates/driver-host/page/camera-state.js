// How the state of a camera is called and coloured.

const STATES = {
  live: { label: "Live", style: "live" },
  waiting: { label: "No key frame yet", style: "waiting" },
  problem: { label: "Problem", style: "problem" },
  offline: { label: "Offline", style: "offline" },
};

export const stateOf = (camera) => STATES[camera.state] ?? STATES.offline;
