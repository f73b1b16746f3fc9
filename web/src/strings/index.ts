// Every text that the page shows, by view. A translation is one more object of the same shape.
import { healthTexts } from './health.js';
import { shell } from './shell.js';
import { trainTexts } from './train.js';
import { tryTexts } from './try.js';
import { versionTexts } from './versions.js';

export const strings = {
  shell,
  try: tryTexts,
  train: trainTexts,
  versions: versionTexts,
  health: healthTexts,
} as const;
