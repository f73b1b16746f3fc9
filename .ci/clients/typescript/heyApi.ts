// Classifies IMAGE and starts a training on DATASET with the SDK that @hey-api/openapi-ts made.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { client } from './hey-api/client.gen.js';
import { cancelTraining, classifyImages, getTraining, startTraining } from './hey-api/sdk.gen.js';

const { BASE_URL = '', ADMIN_KEY = '', IMAGE = '', DATASET = '' } = process.env;
client.setConfig({ baseUrl: BASE_URL, auth: ADMIN_KEY, throwOnError: true });
const report = (operation: string, result: string): void => console.log(`@hey-api/openapi-ts\t${operation}\t${result}`);

const image = new File([await readFile(IMAGE)], basename(IMAGE));
const classified = await classifyImages({ body: { image: [image] }, throwOnError: true });
const best = classified.data.results![0]!.predictions![0]!;
report('classifyImages', `${best.label} ${best.probability}`);

const body = { dataset: DATASET, model: 'from-hey-api' };
const { data: started } = await startTraining({ body, throwOnError: true });
report('startTraining', started.state);
const path = { id: started.id };
report('getTraining', (await getTraining({ path, throwOnError: true })).data.model);
report('cancelTraining', (await cancelTraining({ path, throwOnError: true })).data.state);
