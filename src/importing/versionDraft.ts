// The manifest of a version to be published, from what an import found out and what the user says.
import { invalidModel, parseModel } from '../formats/invalidModel.js';
import { manifestSchema } from '../models/manifest.js';
import type { VersionDraft } from '../models/versions.js';
import type { ModelFacts } from './modelFacts.js';

export interface InstallOptions {
  readonly name: string;
  readonly labels: readonly string[];
  readonly license: string;
  readonly provenance: Readonly<Record<string, unknown>>;
}

function checkLabels(labels: readonly string[], classes: number): void {
  if (labels.length !== classes)
    throw invalidModel(
      `${labels.length} labels were given, but the model has ${classes} outputs; give one label per line, in the order of the outputs`,
    );
}

/** Throws AppError invalid_model when the labels are not valid or not one for each class. */
export function draftVersion(
  { backboneId: id, architecture, embeddingSize, preprocessing, classes, activation, thresholds }: ModelFacts,
  layout: 'full' | 'head',
  { name, labels, license, provenance }: InstallOptions,
): VersionDraft {
  checkLabels(labels, classes);
  return {
    name,
    layout,
    labels: parseModel(manifestSchema.shape.labels, labels, 'the labels'),
    preprocessing,
    backbone: { id, architecture, embeddingSize },
    temperature: 1,
    ...(activation === 'sigmoid' && { activation, ...(thresholds && { thresholds: [...thresholds] }) }),
    metrics: {},
    provenance: { ...provenance },
    license,
  };
}
