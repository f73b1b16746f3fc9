// Every text that the page shows, by view. A translation is one more object of the same shape.
import { autoRetrainTexts } from './autoRetrain.js';
import { cameraTexts } from './camera.js';
import { captureTexts } from './capture.js';
import { datasetTexts } from './datasets.js';
import { healthTexts } from './health.js';
import { labelTexts } from './labels.js';
import { reviewTexts } from './review.js';
import { rolloutTexts } from './rollout.js';
import { shell } from './shell.js';
import { teachTexts } from './teach.js';
import { trainTexts } from './train.js';
import { tryTexts } from './try.js';
import { unknownTexts } from './unknown.js';
import { versionTexts } from './versions.js';

export const strings = {
  shell,
  camera: cameraTexts,
  labels: labelTexts,
  try: tryTexts,
  teach: teachTexts,
  datasets: datasetTexts,
  train: trainTexts,
  versions: versionTexts,
  unknown: unknownTexts,
  rollout: rolloutTexts,
  autoRetrain: autoRetrainTexts,
  capture: captureTexts,
  review: reviewTexts,
  health: healthTexts,
} as const;
