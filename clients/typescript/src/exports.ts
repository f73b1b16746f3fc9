// What both entries have besides Taxon.
export { dataOf, TaxonError, TrainingError, type Problem, type Training } from './errors.js';
export type { FollowOptions, TrainingEvent } from './events.js';
export type {
  CallOptions,
  Classification,
  Classifications,
  ClassifiedImage,
  ClassifyOptions,
  FailedFile,
  FailedImage,
  ImageBytes,
  TaxonOptions,
  NewTraining,
  Uploaded,
  UploadFolderOptions,
  WaitOptions,
} from './client.js';
export type { components, paths } from './schema.js';
