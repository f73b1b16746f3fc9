import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { backboneId } from '../../src/models/backboneId.js';
import { inceptionV3Topology } from '../../src/importing/inceptionV3.js';
import type { Topology } from '../../src/formats/layersModel.js';
import { loadHead } from '../../src/models/loadHead.js';
import { readBackbone } from '../../src/models/modelParts.js';
import { compilePixels } from '../../src/formats/onnx/compiler/compile.js';
import { readVersion } from '../../src/models/versions.js';
import { runPixels } from '../support/onnxRun.js';
import { createRandom, loadInTfjs, maxDifference } from '../support/reference.js';

const { directory, manifest } = await readVersion('models/clothing/1');
const backbone = await readBackbone(directory);

/** An image of soft coloured squares, as uint8 RGB of the size that the model wants. */
function drawPixels(): Uint8Array {
  const random = createRandom(3);
  const tones = Float32Array.from({ length: 10 * 10 * 3 }, () => 40 + 180 * random());
  const tone = (row: number, column: number, channel: number): number =>
    tones[(Math.floor(row / 30) * 10 + Math.floor(column / 30)) * 3 + channel]!;
  return Uint8Array.from(
    { length: 299 * 299 * 3 },
    (_, i) => tone(Math.floor(i / 897), Math.floor((i % 897) / 3), i % 3) + 20 * random(),
  );
}

describe('the bundled classifier', () => {
  it('is an Inception-V3 of Keras applications: 94 convolutions under their names', () => {
    const byName = ({ layers }: Topology): unknown =>
      layers
        .map(({ className, name, inputs }) => ({ className, name, inputs }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(byName(backbone.topology), byName(inceptionV3Topology()));
    assert.equal(backbone.topology.layers.filter(({ className }) => className === 'Conv2D').length, 94);
  });

  it('holds the backbone that its manifest names, and a head for its labels', async () => {
    assert.equal(backboneId(backbone, manifest.preprocessing), manifest.backbone.id);
    assert.equal((await loadHead(directory, manifest)).classes, manifest.labels.length);
  });

  it('gives the same embedding compiled to ONNX as run by tfjs', async () => {
    setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    await tf.setBackend('wasm');
    const pixels = drawPixels();
    const model = await loadInTfjs(backbone);
    const output = model.predict(
      tf.tensor(
        Float32Array.from(pixels, (value) => value / 127.5 - 1),
        [1, 299, 299, 3],
      ),
    ) as tf.Tensor;
    const { bytes } = compilePixels(backbone, manifest.preprocessing, 'embedding');
    const difference = maxDifference(await runPixels(bytes, pixels, [1, 299, 299, 3]), await output.data());
    assert.ok(difference < 1e-4, `largest difference ${difference}`);
  });
});
