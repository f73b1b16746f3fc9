// Every text that the page shows, by view. A translation is one more object of the same shape.
import { cameraTexts } from './camera.js';
import { healthTexts } from './health.js';
import { shell } from './shell.js';
import { teachTexts } from './teach.js';
import { trainTexts } from './train.js';
import { tryTexts } from './try.js';
import { versionTexts } from './versions.js';

export const strings = {
  shell,
  camera: cameraTexts,
  try: tryTexts,
  teach: teachTexts,
  train: trainTexts,
  versions: versionTexts,
  health: healthTexts,
} as const;
