// Every text that the page shows, by view. A translation is one more object of the same shape.
import { healthTexts } from './health.js';
import { shell } from './shell.js';
import { tryTexts } from './try.js';

export const strings = { shell, try: tryTexts, health: healthTexts } as const;
