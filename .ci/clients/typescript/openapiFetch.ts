// Classifies IMAGE and starts a training on DATASET with openapi-fetch, on the types that openapi-typescript made.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

const { BASE_URL = '', ADMIN_KEY = '', IMAGE = '', DATASET = '' } = process.env;
const client = createClient<paths>({ baseUrl: BASE_URL, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
const report = (operation: string, result: string): void => console.log(`openapi-fetch\t${operation}\t${result}`);

const form = new FormData();
form.append('image', new Blob([await readFile(IMAGE)]), basename(IMAGE));
// A file is a string to openapi-typescript, which is why the body is made by hand.
const classified = await client.POST('/v1/classify', { body: { image: [''] }, bodySerializer: () => form });
const [best] = classified.data?.results?.[0]?.predictions ?? [];
if (best === undefined) throw new Error(`classifyImages: ${JSON.stringify(classified.error)}`);
report('classifyImages', `${best.label} ${best.probability}`);

const started = await client.POST('/v1/admin/retrain', { body: { dataset: DATASET, model: 'from-openapi-fetch' } });
if (started.data === undefined) throw new Error(`startTraining: ${started.error.detail}`);
report('startTraining', started.data.state);
const path = { id: started.data.id };
const cancelled = await client.DELETE('/v1/admin/trainings/{id}', { params: { path } });
if (cancelled.data === undefined) throw new Error(`cancelTraining: ${cancelled.error.detail}`);
report('cancelTraining', cancelled.data.state);
