// A trial of an installed OpenVINO: one convolution whose result is known, through the engine that serves.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { findLibrary } from '../engines/openvino/findLibrary.js';
import { Openvino } from '../engines/openvino/library.js';
import { startWorkerEngine } from '../engines/workerEngine.js';
import { AppError } from '../errors.js';
import type { LayersModel } from '../formats/layersModel.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import { inceptionPreprocessing, type Preprocessing } from '../image/preprocessing.js';
import { backboneId } from '../models/backboneId.js';

const size = 4;
const preprocessing: Preprocessing = {
  ...inceptionPreprocessing,
  height: size,
  width: size,
  scale: [1, 1, 1],
  offset: [0, 0, 0],
};

/** A 3 × 3 convolution of ones over three channels, averaged over the image. */
const convolution: LayersModel = {
  topology: {
    name: 'trial',
    layers: [
      { className: 'InputLayer', name: 'in', config: { batch_input_shape: [null, size, size, 3] }, inputs: [] },
      {
        className: 'Conv2D',
        name: 'conv',
        config: { filters: 1, kernel_size: [3, 3], padding: 'valid', use_bias: false },
        inputs: ['in'],
      },
      { className: 'GlobalAveragePooling2D', name: 'pool', config: {}, inputs: ['conv'] },
    ],
    input: 'in',
    output: 'pool',
  },
  weights: new Map([['conv/kernel', { shape: [3, 3, 3, 1], data: new Float32Array(27).fill(1) }]]),
};

/** An OpenVINO that computed a convolution as it should. */
export interface OpenvinoTrial {
  readonly version: string;
  readonly processor: string;
  /** What it computes in hardware here. */
  readonly precisions: readonly string[];
  readonly devices: readonly string[];
}

export const describeTrial = ({ version, processor, precisions, devices }: OpenvinoTrial): string =>
  [
    `OpenVINO ${version} on ${processor}: a convolution gives the right value.`,
    `Precisions in hardware: ${precisions.join(', ')}. Devices: ${devices.join(', ')}.`,
  ].join('\n');

/** Throws AppError engine_unavailable when it does not compute what it should. */
export async function tryOpenvino(openvinoDir: string): Promise<OpenvinoTrial> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-trial-'));
  const options = { engine: 'openvino', device: 'cpu', threads: availableParallelism(), openvinoDir } as const;
  try {
    const logger = pino({ level: 'silent' });
    const engine = await startWorkerEngine([{ ...options, cacheDir: join(scratch, 'cache'), warmupBatchSizes: [] }], {
      logger,
    });
    try {
      await writeLayersModel(scratch, convolution);
      const id = backboneId(convolution, preprocessing);
      await engine.loadBackbone({ id, directory: scratch, embeddingSize: 1, preprocessing });
      const pixels = new Uint8Array(size * size * 3).fill(1);
      const { embeddings } = await engine.run({ backboneId: id, pixels, count: 1, headIds: [] });
      if (embeddings[0] !== 27)
        throw new AppError('engine_unavailable', `OpenVINO gave ${embeddings.join()} for a convolution that is 27`);
      const { libraries, deviceName, precisions } = engine.info;
      return {
        version: String(libraries['openvino']),
        processor: deviceName,
        precisions,
        devices: devicesOf(openvinoDir),
      };
    } finally {
      await engine.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function devicesOf(directory: string): string[] {
  const library = new Openvino(findLibrary(directory));
  try {
    return library.devices();
  } finally {
    library.close();
  }
}
