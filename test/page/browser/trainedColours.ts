// A server with a classifier of three colours that knows nothing yet, and photos for it, four of them under a wrong label.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { adminKey, call, formOf, startApp } from '../../http/runningApp.js';
import { colourImage, publishTinyModel, type ColourName } from '../../support/tinyModel.js';

export const colours: readonly ColourName[] = ['red', 'green', 'blue'];

export interface ColourServer {
  readonly url: string;
  /** Trains the classifier `colours` on the dataset `paints`; gives the id of the training that has succeeded. */
  readonly train: (request?: object) => Promise<string>;
}

const key = { authorization: `Bearer ${adminKey}` };

/** Its dataset `paints`: 60 photos of each colour, and four red ones among the green test photos. */
export async function startColourServer(): Promise<ColourServer> {
  const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
  after(() => rm(modelsDir, { recursive: true, force: true }));
  await publishTinyModel(modelsDir, 'colours', colours);
  const { url } = await startApp({ MODELS_DIR: modelsDir });

  const upload = async (label: string, colour: ColourName, seeds: readonly number[], split = ''): Promise<void> => {
    const files = await Promise.all(
      seeds.map(async (i) => [`${colour}-${i}.png`, await colourImage(colour, i)] as const),
    );
    const path = `${url}/v1/admin/datasets/paints/images?label=${label}${split}`;
    const { status } = await call(path, { method: 'POST', headers: key, body: formOf('image', files) });
    if (status !== 201) throw new Error(`the images were answered with ${status}`);
  };
  await call(`${url}/v1/admin/datasets/paints`, { method: 'PUT', headers: key });
  for (const colour of colours)
    await upload(
      colour,
      colour,
      Array.from({ length: 60 }, (_, i) => i),
    );
  await upload('green', 'red', [100, 101, 102, 103], '&split=test');

  const train = async (request: object = {}): Promise<string> => {
    const { body } = await call<{ id: string }>(`${url}/v1/admin/retrain`, {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json' },
      body: JSON.stringify({ dataset: 'paints', model: 'colours', activate: 'manual', ...request }),
    });
    const events = await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
    if (!events.includes('event: succeeded')) throw new Error(events);
    return body.id;
  };
  return { url, train };
}
