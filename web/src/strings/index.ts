// Every text that the page shows, by view. A translation is one more object of the same shape.
import { datasetTexts } from './datasets.js';
import { healthTexts } from './health.js';
import { labelTexts } from './labels.js';
import { reviewTexts } from './review.js';
import { shell } from './shell.js';
import { tryTexts } from './try.js';

export const strings = {
  shell,
  labels: labelTexts,
  try: tryTexts,
  datasets: datasetTexts,
  review: reviewTexts,
  health: healthTexts,
} as const;
