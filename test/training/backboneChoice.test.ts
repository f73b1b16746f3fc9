import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { adviseBetterBackbone, chooseBackbone } from '../../src/training/backboneChoice.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';
import { publishTinyModel } from '../support/tinyModel.js';

const thousand = Array.from({ length: 1000 }, (_, i) => `class ${i}`);

/** Installs an imported model of four classes, and one of a thousand as pull does. */
async function installOthers(
  { modelsDir, registry }: TrainingBench,
  ...names: ('flowers' | 'imagenet')[]
): Promise<void> {
  if (names.includes('flowers'))
    await publishTinyModel(modelsDir, 'flowers', ['a', 'b', 'c', 'd'], {
      seed: 21,
      provenance: { importedFrom: 'flowers.h5' },
    });
  if (names.includes('imagenet'))
    await publishTinyModel(modelsDir, 'imagenet', thousand, { seed: 22, provenance: { source: 'the web' } });
  await registry.reload();
}

describe('the backbone of a training', () => {
  it("is the default classifier's for a new one, until a better one is imported, and then pulled", async (t) => {
    const bench = await openTrainingBench(t);
    const chosen = (request: { model: string; backbone?: string }): string =>
      chooseBackbone(bench.registry, { backbone: undefined, ...request }).manifest.name;
    assert.equal(chosen({ model: 'new' }), 'colours');
    await installOthers(bench, 'flowers');
    assert.equal(chosen({ model: 'new' }), 'flowers');
    await installOthers(bench, 'imagenet');
    assert.equal(chosen({ model: 'new' }), 'imagenet');
    assert.equal(chosen({ model: 'colours' }), 'colours', 'an existing classifier keeps its own');
    assert.equal(chosen({ model: 'colours', backbone: 'flowers' }), 'flowers');
    assert.throws(() => chosen({ model: 'new', backbone: 'missing' }), { code: 'unknown_model' });
  });

  it('lends its features to the new head; an existing classifier moves when told to, and is compared with its version on the old one', async (t) => {
    const bench = await openTrainingBench(t);
    await installOthers(bench, 'imagenet');
    await bench.addColours(8);
    const imagenet = bench.registry.version('imagenet').manifest.backbone.id;
    for (const request of [{ model: 'new' }, { model: 'colours', backbone: 'imagenet' }]) {
      const { error, version, metrics } = await bench.train(request);
      assert.equal(error, null);
      const { images } = (metrics!['comparison'] ?? {}) as { images?: number };
      const { heldOut } = metrics!['images'] as { heldOut: number };
      assert.equal(images, request.model === 'new' ? undefined : heldOut);
      const { backbone, provenance } = bench.registry.version(request.model, version!).manifest;
      assert.deepEqual([backbone.id, provenance['backboneFrom']], [imagenet, 'imagenet/1']);
    }
  });

  it('that a head alone brought from another Taxon is better than the default one', async (t) => {
    const bench = await openTrainingBench(t);
    await installOthers(bench, 'imagenet');
    await bench.addColours(6);
    await bench.train({ model: 'garments' });
    await rm(join(bench.modelsDir, 'imagenet'), { recursive: true });
    await bench.registry.reload();
    assert.equal(chooseBackbone(bench.registry, { model: 'new', backbone: undefined }).manifest.name, 'garments');
  });

  it('is advised to be pulled while there is none but the default one', async (t) => {
    const bench = await openTrainingBench(t);
    const lines: string[] = [];
    const advise = (): void =>
      adviseBetterBackbone(bench.registry, { info: (line: string) => lines.push(line) } as never);
    advise();
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /features of colours\/1.*npx taxon pull inception-v3/);
    await installOthers(bench, 'flowers');
    advise();
    assert.equal(lines.length, 1);
  });
});
