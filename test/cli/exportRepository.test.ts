// taxon export --triton and --ovms: a backbone beside what a model repository has already.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOnnxFile } from '../../src/formats/onnx/onnxFile.js';
import { servedName } from '../../src/models/servedBackbone.js';
import { freshFolder } from '../support/folder.js';
import { runTaxon } from '../support/taxon.js';
import { publishTinyModel } from '../support/tinyModel.js';

test('Triton is given both models of a backbone, again without harm, and what was there stays', async (t) => {
  const [modelsDir, repository] = [await freshFolder(t), await freshFolder(t)];
  const { manifest } = await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
  await mkdir(join(repository, 'theirs'));
  const args = ['export', 'colours', '--triton', repository, '--max-batch-size', '16', '--instances', '2'];
  runTaxon(modelsDir, ...args);
  const { stdout, stderr } = runTaxon(modelsDir, ...args);
  const [embedding, map] = [
    servedName(manifest.backbone.id, 'embedding'),
    servedName(manifest.backbone.id, 'featureMap'),
  ];
  assert.match(stdout, new RegExp(`^Wrote the backbone of colours version 1 to .*: ${embedding}, ${map}\\.`), stderr);
  assert.deepEqual((await readdir(repository)).sort(), [embedding, map, 'theirs'].sort());
  const config = await readFile(join(repository, embedding, 'config.pbtxt'), 'utf8');
  for (const line of [
    `name: "${embedding}"`,
    'backend: "onnxruntime"',
    'max_batch_size: 16',
    'dynamic_batching {',
    'dims: [ 32, 32, 3 ]',
    'dims: [ 12 ]',
    'instance_group [ { count: 2 kind: KIND_AUTO } ]',
    manifest.backbone.id,
  ])
    assert.ok(config.includes(line), `${line} is not in ${config}`);
  const { graph } = await readOnnxFile(join(repository, map, '1', 'model.onnx'));
  assert.deepEqual([graph.input[0]!.name, graph.output[0]!.name], ['pixels', 'featureMap']);
});

test('the configuration of OpenVINO Model Server keeps the models and the settings of others', async (t) => {
  const [modelsDir, repository] = [await freshFolder(t), await freshFolder(t)];
  const { manifest } = await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
  const file = join(repository, 'config.json');
  const theirs = { config: { name: 'theirs', base_path: '/models/theirs', nireq: 4 } };
  await writeFile(file, JSON.stringify({ model_config_list: [theirs], monitoring: { metrics: { enable: true } } }));
  for (let i = 0; i < 2; i++) assert.equal(runTaxon(modelsDir, 'export', 'colours', '--ovms', repository).status, 0);
  const config = JSON.parse(await readFile(file, 'utf8')) as {
    model_config_list: { config: { name: string; base_path: string } }[];
    monitoring: unknown;
  };
  const names = [servedName(manifest.backbone.id, 'embedding'), servedName(manifest.backbone.id, 'featureMap')];
  assert.deepEqual(config.model_config_list[0], theirs);
  assert.deepEqual(
    config.model_config_list.map((entry) => entry.config.name),
    ['theirs', ...names],
  );
  assert.deepEqual(config.monitoring, { metrics: { enable: true } });
  await readOnnxFile(join(repository, config.model_config_list[1]!.config.base_path, '1', 'model.onnx'));

  await writeFile(file, '[]');
  const { status, stderr } = runTaxon(modelsDir, 'export', 'colours', '--ovms', repository);
  assert.equal(status, 1);
  assert.match(stderr, /config\.json is no configuration of OpenVINO Model Server/);
});

test('what is to be written must be said, and once', async (t) => {
  const modelsDir = await freshFolder(t);
  assert.match(runTaxon(modelsDir, 'export', 'colours').stderr, /--format, --triton or --ovms/);
  assert.match(runTaxon(modelsDir, 'export', 'colours', '--triton', 'a', '--ovms', 'b').stderr, /cannot be used with/);
});
