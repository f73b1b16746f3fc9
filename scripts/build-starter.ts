// Builds the bundled classifier models/clothing/1 from freshly trained weights: quantise, embed, fit the head, evaluate, publish.
//   node dist/scripts/build-starter.js --weights ../shared/starter --data ../shared/data/clothing
// Takes minutes, nearly all of them for embedding the images; embeddings are kept in --cache, so that a stopped run goes on.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { backboneId } from '../src/models/backboneId.js';
import { inceptionV3EmbeddingSize as size } from '../src/importing/inceptionV3.js';
import { readLayersModel, writeLayersModel } from '../src/formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../src/formats/layersModel.js';
import { inceptionPreprocessing } from '../src/image/preprocessing.js';
import { readBackbone } from '../src/models/modelParts.js';
import type { Storage } from '../src/formats/tensorflow/weightBytes.js';
import { joinModels } from '../src/formats/globalPoolingCut.js';
import { publishVersion, type VersionDraft } from '../src/models/versions.js';
import { evaluate, type Evaluation } from '../src/training/evaluation/evaluation.js';
import { headToLayersModel } from '../src/training/fit/headModel.js';
import { embedFolders, hashImages, splitFolders, type Split } from './starter/embed.js';
import { equaliseChannels } from './starter/equalise.js';
import { fitStarterHead, linearLogits, type StarterHead } from './starter/head.js';
import { writeModelCard } from './starter/modelCard.js';
import { readTrainedBackbone } from './starter/weights.js';

const options = z
  .object({
    weights: z.string(),
    data: z.string(),
    training: z.string(),
    origin: z.string(),
    out: z.string(),
    cache: z.string(),
    threads: z.coerce.number(),
  })
  .parse(
    new Command()
      .requiredOption('--weights <folder>', 'weights.json and weights.f16.bin')
      .requiredOption('--data <folder>', 'train, validation and test, each of class folders')
      .option(
        '--training <folder>',
        'the scripts that trained the weights, shipped with the model',
        'models/clothing/1/training',
      )
      .option(
        '--origin <file>',
        "the model card's sections on where the weights come from",
        'scripts/starter/origin.md',
      )
      .option('--out <folder>', 'the models directory; clothing/1 in it is replaced', 'models')
      .option('--cache <folder>', 'where embeddings are kept between runs', '.cache/starter')
      .option('--threads <count>', 'threads of ONNX Runtime', '1')
      .parse()
      .opts(),
  );

/** Kernels are 99 % of the bytes; the batch-norm tensors beside them decide the accuracy. */
const storageOf = (name: string): Storage => (/^conv2d_\d+\/kernel$/.test(name) ? 'uint8' : 'float32');

/** The model as it will be read back from disk, after quantisation. */
async function quantise(model: LayersModel): Promise<LayersModel> {
  const scratch = await mkdtemp(join(options.cache, 'quantised-'));
  await writeLayersModel(scratch, model, { storageOf });
  const read = await readLayersModel(scratch);
  await rm(scratch, { recursive: true });
  return read;
}

async function evaluateOn(
  { features, labels: truth, names: labels, images }: Split,
  head: StarterHead,
): Promise<Evaluation> {
  const logits = linearLogits(features, head.layer);
  const known = (await hashImages(images)).map((image) => ({ image }));
  return evaluate({ logits, truth, labels, images: known }, head.temperature, 1);
}

/** By file name. Read before the version in place is removed: it is where they live. */
async function readTrainingScripts(): Promise<ReadonlyMap<string, Buffer>> {
  const names = (await readdir(options.training)).filter((name) => /\.(py|md)$/.test(name));
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(options.training, name))] as const)),
  );
}

await mkdir(options.cache, { recursive: true });
const trained = equaliseChannels(await readTrainedBackbone(options.weights));
const quantised = await quantise(trained);
const id = backboneId(quantised, inceptionPreprocessing);
const { train, validation, test } = await embedFolders(
  { model: quantised, preprocessing: inceptionPreprocessing, size },
  splitFolders(options.data),
  options,
);
const head = await fitStarterHead(train, validation);
const figures = await evaluateOn(test, head);
const draft: VersionDraft = {
  name: 'clothing',
  layout: 'full',
  labels: [...train.names],
  preprocessing: inceptionPreprocessing,
  backbone: { id, architecture: 'InceptionV3', embeddingSize: size },
  temperature: head.temperature,
  metrics: { ...figures },
  provenance: {
    source: 'trained by this project; see MODEL_CARD.md',
    head: {
      method: "linear, by the server's trainer with its default preset",
      l2: head.l2,
      fittedOn: 'train + validation',
      validationAccuracy: head.validationAccuracy,
    },
    data: {
      dataset: 'clothing-dataset-small',
      train: train.labels.length,
      validation: validation.labels.length,
      test: test.labels.length,
    },
  },
  license: 'Apache-2.0',
};
const scripts = await readTrainingScripts();
await rm(join(options.out, 'clothing', '1'), { recursive: true, force: true });
const joined = joinModels(trained, headToLayersModel([head.layer], size));
const { directory, manifest } = await publishVersion({ own: options.out }, draft, async (to) => {
  await writeLayersModel(to, joined, { storageOf });
  await writeFile(join(to, 'MODEL_CARD.md'), writeModelCard(draft, figures, await readFile(options.origin, 'utf8')));
  await mkdir(join(to, 'training'));
  for (const [name, text] of scripts) await writeFile(join(to, 'training', name), text);
});
if (backboneId(await readBackbone(directory), inceptionPreprocessing) !== id)
  throw new Error(`${directory} does not hold the backbone that was embedded with`);
console.log(
  `${directory}: version ${manifest.version}, test accuracy ${figures.accuracy.toFixed(4)}, calibration error ${figures.calibration.after.expectedError.toFixed(4)}, temperature ${head.temperature.toFixed(3)}`,
);
