// A model whose backbone stays another framework's graph, as its importer hands it on.
import type { LayersModel } from '../formats/layersModel.js';
import type { ExternalKind } from '../models/externalBackbone.js';
import type { ModelFacts } from './modelFacts.js';

/** A model understood and cut, its backbone ready in a folder of its own. */
export interface ExternalModel extends ModelFacts {
  readonly kind: ExternalKind;
  /** The backbone's files and its backbone.json. */
  readonly directory: string;
  /** From the embedding to logits. */
  readonly head: LayersModel;
  /** The value of the graph that is the embedding. */
  readonly cutAt: string;
  /** The model uncut, as the folder of a backbone whose embedding is the class scores; undefined when nothing was cut. */
  readonly whole: { readonly id: string; readonly directory: string } | undefined;
  readonly givesProbabilities: boolean;
  /** It gives one value for two classes: the second one's. */
  readonly isBinary: boolean;
  /** Every number that it computes with has 32 bits. */
  readonly isFloat32: boolean;
  /** What the file itself says. */
  readonly labels?: readonly string[] | undefined;
  readonly license?: string | undefined;
}
