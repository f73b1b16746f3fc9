// What our exports as tfjs, .h5 and .keras say of themselves beyond layers and weights, so that they come back without being asked.
import { z } from 'zod';
import { manifestSchema, type Manifest } from './manifest.js';
import { preprocessingSchema } from '../image/preprocessing.js';

/** Under which name the statement is kept: in tfjs' userDefinedMetadata, as an attribute of an HDF5 file, in the metadata.json of a .keras file. */
export const statementName = 'taxon';

export const statementSchema = z.object({
  labels: manifestSchema.shape.labels,
  preprocessing: preprocessingSchema,
  license: manifestSchema.shape.license,
  thresholds: manifestSchema.shape.thresholds,
});
export type Statement = z.infer<typeof statementSchema>;

export const statementOf = ({ labels, preprocessing, license, thresholds }: Manifest): Statement => ({
  labels,
  preprocessing,
  license,
  ...(thresholds && { thresholds }),
});
