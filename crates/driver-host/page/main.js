// The page: one bar, four views, one dialog. Each view fills its own part of index.html.

import { updates } from "./updates.js";
import { startWall } from "./wall.js";
import { startCamera } from "./camera.js";
import { startEvents } from "./events.js";
import { startLog } from "./log.js";
import { startSettings } from "./settings.js";
import { sound } from "./sound.js";
import { startTheme } from "./theme.js";
import { startViews } from "./views.js";

startTheme();
const players = startWall();
startCamera(players);
startEvents();
startLog();
startSettings();
startViews();
updates.connect();

// What the browser tests compare with the driver's own counters.
globalThis.wall = {
  statistics: () => players.map((player) => ({ ...player.counters, ...player.state })),
  sound: () => sound.statistics,
};
