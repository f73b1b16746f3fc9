// Azure Custom Vision's prediction client from npm against a running Taxon: see customvision.sh.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { PredictionAPIClient } = require('@azure/cognitiveservices-customvision-prediction');
const { ApiKeyCredentials } = require('@azure/ms-rest-js');

const name = '@azure/cognitiveservices-customvision-prediction 5.1.2 (npm)';
const { BASE_URL, ADMIN_KEY, IMAGE } = process.env;
const project = 'c7b0d8ba-2a5c-4f0b-8f5e-5f0a0a3d7f11';
const image = await readFile(IMAGE);
const headers = { 'x-api-key': ADMIN_KEY, 'content-type': 'application/octet-stream' };
const classified = await (
  await globalThis.fetch(`${BASE_URL}/v1/classify`, { method: 'POST', headers, body: image })
).json();
const [best] = classified.results[0].predictions;
const published = classified.model.name;
const client = new PredictionAPIClient(new ApiKeyCredentials({ inHeader: { 'Prediction-key': ADMIN_KEY } }), BASE_URL);

async function show(operation, work) {
  const result = await work().catch((error) => {
    process.exitCode = 1;
    return `FAILED: ${error}`;
  });
  console.log([name, operation, result].join('\t'));
}

function check({ id, iteration, project: echoed, created, predictions }) {
  const [{ tagId, tagName, probability }] = predictions;
  assert.equal(echoed, project);
  assert.ok(id && iteration && tagId && created instanceof Date);
  assert.equal(tagName, best.label);
  assert.ok(Math.abs(probability - best.probability) < 1e-4);
  return `${tagName} ${probability.toFixed(4)}`;
}

async function refused(code, work) {
  const error = await work().then(
    () => assert.fail('it was not refused'),
    (reason) => reason,
  );
  assert.equal(error.body?.code ?? error, code);
  return `refused: ${code}`;
}

const elsewhere = { url: 'https://example.com/a.jpg' };
await show('classifyImage, buffer', async () => check(await client.classifyImage(project, published, image)));
await show('classifyImage, stream', async () =>
  check(await client.classifyImage(project, published, () => createReadStream(IMAGE))),
);
await show('classifyImageWithNoStore', async () =>
  check(await client.classifyImageWithNoStore(project, published, image, { application: 'ci' })),
);
await show('classifyImageUrl, URLs off', () =>
  refused('BadRequestImageUrl', () => client.classifyImageUrl(project, published, elsewhere)),
);
await show('classifyImageUrlWithNoStore, URLs off', () =>
  refused('BadRequestImageUrl', () => client.classifyImageUrlWithNoStore(project, published, elsewhere)),
);
await show('classifyImage, unknown iteration', () =>
  refused('NotFoundIteration', () => client.classifyImage(project, 'no such iteration', image)),
);
