// Entry of the process that fine-tunes: TensorFlow alone in it, so that its memory goes back with its end, and a crash is not the server's.
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import { findAddon } from '../../engines/tfjs/addon.js';
import { prepareTensorflow } from '../../engines/tfjs/environment.js';
import { loadTfjsRuntime, type TfjsRuntime } from '../../engines/tfjs/runtime.js';
import { loadTfjsModel } from '../../engines/tfjs/tfjsModel.js';
import { sizeOf, type LayersModel, type Weight } from '../../formats/layersModel.js';
import { writeLayersModel } from '../../formats/tensorflow/layersFiles.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import { backboneId } from '../../models/backboneId.js';
import { readBackbone } from '../../models/modelParts.js';
import { lowerThreadPriority } from '../../threadPriority.js';
import { bytesOfMap, FeatureMapFile } from './featureMaps.js';
import type { AppendCall, FineTuningCall, FineTuningReply, FineTuningResults, OpenCall, TrainCall } from './task.js';
import { divideAtTopBlocks, withTop, type DividedBackbone } from './topBlocks.js';
import { trainTop } from './trainTop.js';

// It takes what requests leave of the cores.
lowerThreadPriority(10);
process.on('disconnect', () => process.exit());

const send = (reply: FineTuningReply): void => void process.send!(reply);

/** What `open` leaves for the calls after it. */
interface Opened {
  readonly runtime: TfjsRuntime;
  readonly preprocessing: Preprocessing;
  readonly divided: DividedBackbone;
  /** undefined: the feature map is the normalised pixels. */
  readonly bottom: layers.LayersModel | undefined;
}

let opened: Opened | undefined;
let maps: FeatureMapFile | undefined;

async function open({ directory, preprocessing, threads }: OpenCall): Promise<FineTuningResults['open']> {
  const addon = findAddon();
  prepareTensorflow({ device: addon.cuda === false ? 'cpu' : 'cuda', threads });
  const runtime = await loadTfjsRuntime(addon);
  const divided = divideAtTopBlocks(await readBackbone(directory), preprocessing);
  const isEmpty = divided.bottom.topology.layers.length === 1;
  opened = { runtime, preprocessing, divided, bottom: isEmpty ? undefined : await loadTfjsModel(divided.bottom) };
  const withWeights = new Set([...divided.top.weights.keys()].map((name) => name.slice(0, name.lastIndexOf('/'))));
  return {
    bytesOfMap: bytesOfMap(sizeOf(divided.mapShape)),
    trainedLayers: [...withWeights],
    device: runtime.usesGpu ? 'cuda' : 'cpu',
  };
}

function append({ runtime, preprocessing, bottom }: Opened, file: FeatureMapFile, { pixels, count }: AppendCall): void {
  const { height, width, channels, scale, offset } = preprocessing;
  tf.tidy(() => {
    const raw = runtime.createPixels(pixels, [count, height, width, 3]);
    const ordered = channels === 'rgb' ? raw : tf.reverse(raw, -1);
    const normalised = tf.add(tf.mul(ordered, [...scale]), [...offset]);
    file.append(((bottom?.apply(normalised) ?? normalised) as tf.Tensor).dataSync<'float32'>());
  });
}

const weightsOfModel = (model: layers.LayersModel): ReadonlyMap<string, Weight> =>
  new Map(
    model.weights.map((weight) => [
      weight.originalName,
      { shape: weight.shape.map((side) => side!), data: weight.read().dataSync<'float32'>().slice() },
    ]),
  );

async function train(
  { divided, preprocessing, bottom }: Opened,
  file: FeatureMapFile,
  { head, data, options, out }: TrainCall,
): Promise<FineTuningResults['train']> {
  // All maps are there.
  bottom?.dispose();
  const models = { top: await loadTfjsModel(divided.top), head: await loadTfjsModel(head) };
  const maps = { shape: divided.mapShape, read: (rows: Uint32Array) => file.read(rows) };
  const fit = await trainTop(models, maps, data, options, (progress) => send({ type: 'progress', ...progress }));
  if (fit.bestEpoch === 0) return { fit };
  const backbone: LayersModel = withTop(divided, weightsOfModel(models.top));
  const tuned = {
    backboneId: backboneId(backbone, preprocessing),
    files: await writeLayersModel(out, backbone),
    head: { ...head, weights: weightsOfModel(models.head) },
  };
  return { fit, tuned };
}

async function perform(call: FineTuningCall): Promise<FineTuningResults[keyof FineTuningResults]> {
  switch (call.kind) {
    case 'open':
      return open(call);
    case 'maps':
      maps = new FeatureMapFile(call.file, sizeOf(opened!.divided.mapShape));
      return maps.rows;
    case 'append':
      append(opened!, maps!, call);
      return undefined;
    case 'train':
      return train(opened!, maps!, call);
  }
}

process.on('message', (call: FineTuningCall) => {
  perform(call).then(
    (result) => send({ type: 'done', result }),
    (error: unknown) => send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
