// What travels between the server and the process that fine-tunes: plain data both ways.
import type { Preprocessing } from '../../image/preprocessing.js';
import type { LayersModel } from '../../formats/layersModel.js';
import type { WrittenFiles } from '../../formats/tensorflow/layersFiles.js';
import type { TopData, TopEpoch, TopFit, TopOptions } from './trainTop.js';

/** The first message: which backbone. */
export interface OpenCall {
  readonly kind: 'open';
  /** Directory of its layers model. */
  readonly directory: string;
  readonly preprocessing: Preprocessing;
  readonly threads: number;
}

/** Where the feature maps are kept. */
export interface MapsCall {
  readonly kind: 'maps';
  readonly file: string;
}

/** The next maps: of `pixels`, uint8 [count, height, width, 3]. */
export interface AppendCall {
  readonly kind: 'append';
  readonly pixels: Uint8Array;
  readonly count: number;
}

export interface TrainCall {
  readonly kind: 'train';
  readonly head: LayersModel;
  readonly data: TopData;
  readonly options: TopOptions;
  /** Empty directory for the new backbone. */
  readonly out: string;
}

export type FineTuningCall = OpenCall | MapsCall | AppendCall | TrainCall;

/** A new backbone with the head that was trained with it. */
export interface Tuned {
  readonly backboneId: string;
  /** Of the backbone, in `out`. */
  readonly files: WrittenFiles;
  readonly head: LayersModel;
}

export interface FineTuningResults {
  /** What one map takes on disk, and what computes. */
  readonly open: { readonly bytesOfMap: number; readonly trainedLayers: readonly string[]; readonly device: string };
  /** Maps that are there already. */
  readonly maps: number;
  readonly append: undefined;
  /** `tuned` is absent where no epoch was better than the start. */
  readonly train: { readonly fit: TopFit; readonly tuned?: Tuned };
}

export type FineTuningReply =
  | { readonly type: 'progress'; readonly share: number; readonly epoch?: TopEpoch }
  | { readonly type: 'done'; readonly result: FineTuningResults[keyof FineTuningResults] }
  | { readonly type: 'failed'; readonly reason: string };
