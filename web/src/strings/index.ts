// Every text that the page shows, by view. A translation is one more object of the same shape.
import { datasetTexts } from './datasets.js';
import { healthTexts } from './health.js';
import { shell } from './shell.js';
import { tryTexts } from './try.js';

export const strings = { shell, try: tryTexts, datasets: datasetTexts, health: healthTexts } as const;
