// The head of a version, ready for an engine: read without its backbone's weights, and checked against the manifest's labels.
import { invalidModel } from '../formats/invalidModel.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Manifest } from './manifest.js';
import { readHead } from './modelParts.js';
import { compileHead } from '../formats/onnx/compiler/compile.js';

export interface LoadedHead {
  /** From the embedding to logits. */
  readonly model: LayersModel;
  readonly classes: number;
}

/** Throws AppError invalid_model when the layers do not fit together, or not with the embedding's size or the labels. */
export async function loadHead(
  directory: string,
  { layout, labels, backbone }: Pick<Manifest, 'layout' | 'labels' | 'backbone'>,
): Promise<LoadedHead> {
  const model = await readHead(directory, layout);
  // Compiling a head takes milliseconds and checks every layer and weight shape on the way.
  const classes = compileHead(model, backbone.embeddingSize).outputSize;
  if (classes !== labels.length)
    throw invalidModel(`${directory}: the model has ${classes} outputs, but the manifest ${labels.length} labels`);
  return { model, classes };
}
