// The end of a graph read as a head: dense layers, activations and a softmax, where the graph's own format has plain operations.
import { AppError } from '../errors.js';
import { asTwoClasses } from '../formats/binaryHead.js';
import { invalidModel } from '../formats/invalidModel.js';
import type { Layer, LayersModel, Weight } from '../formats/layersModel.js';
import { compileHead } from '../formats/onnx/compiler/compile.js';
import { stripEnd, type EndActivation } from '../formats/globalPoolingCut.js';
import type { FlowNode, Stretch } from '../formats/graphFlow.js';

type ActivationName = 'relu' | 'relu6' | 'sigmoid' | 'tanh' | 'swish' | 'softmax' | 'log_softmax';

/** What a stretch of nodes does, where a head can do the same. `nothing`: it only moves values about or exists for training. */
export type TailStep =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'dense';
      readonly kernel: Weight;
      readonly bias: Float32Array | undefined;
      readonly activation?: ActivationName;
    }
  | {
      readonly kind: 'norm';
      readonly weights: Readonly<Record<'gamma' | 'beta' | 'moving_mean' | 'moving_variance', Float32Array>>;
      readonly epsilon: number;
    }
  | { readonly kind: 'activation'; readonly name: ActivationName };

/** How the nodes of one format are read. */
export interface TailReader<Node> {
  /**
   * Whether the stretch is a global pooling. `whole`: it certainly leaves one value per channel; `part`: it may leave a
   * small image.
   */
  poolingOf(stretch: Stretch<Node>): 'whole' | 'part' | undefined;
  /** What the stretch does; undefined when no layer does it. `isVector`: one value per channel comes in, whatever the rank. */
  stepOf(stretch: Stretch<Node>, isVector: boolean): TailStep | undefined;
}

export interface Cut {
  /** The value that is the embedding; flattened, it has one row per image. */
  readonly value: string;
  readonly steps: readonly TailStep[];
}

/**
 * The cut behind the last global pooling, or later where a node behind it is nothing that a head can do. A graph without global
 * pooling (VGG, vision transformers) is cut before its last dense layer. Undefined when there is neither.
 */
export function findCut<Node extends FlowNode>(
  stretches: readonly Stretch<Node>[],
  reader: TailReader<Node>,
): Cut | undefined {
  const pooling = stretches.findLastIndex((stretch) => reader.poolingOf(stretch) !== undefined);
  const isVector = pooling >= 0 && reader.poolingOf(stretches[pooling]!) === 'whole';
  const steps: TailStep[] = [];
  for (const stretch of stretches.slice(pooling + 1).toReversed()) {
    const step = reader.stepOf(stretch, isVector);
    if (step === undefined) break;
    steps.unshift(step);
    if (pooling < 0 && step.kind === 'dense') break;
  }
  const last = stretches.at(-1 - steps.length);
  return last === undefined || (pooling < 0 && steps[0]?.kind !== 'dense') ? undefined : { value: last.output, steps };
}

const inputName = 'embedding';

/** One layer and its weights by variable. */
type NamedLayer = readonly [
  className: string,
  config: Readonly<Record<string, unknown>>,
  weights: Readonly<Record<string, Weight>>,
];

const vector = (data: Float32Array): Weight => ({ shape: [data.length], data });

function toLayer(step: Exclude<TailStep, { kind: 'nothing' }>): NamedLayer {
  switch (step.kind) {
    case 'dense': {
      const { kernel, bias, activation = 'linear' } = step;
      return [
        'Dense',
        { units: kernel.shape[1], activation, use_bias: bias !== undefined },
        { kernel, ...(bias && { bias: vector(bias) }) },
      ];
    }
    case 'norm':
      return [
        'BatchNormalization',
        { axis: -1, epsilon: step.epsilon, center: true, scale: true },
        Object.fromEntries(Object.entries(step.weights).map(([name, data]) => [name, vector(data)])),
      ];
    case 'activation':
      // Of logarithms of probabilities, as of logits, the softmax is the probabilities.
      return ['Activation', { activation: step.name === 'log_softmax' ? 'softmax' : step.name }, {}];
  }
}

function toLayers(steps: readonly TailStep[], embeddingSize: number): LayersModel {
  const input: Layer = {
    className: 'InputLayer',
    name: inputName,
    inputs: [],
    config: { name: inputName, batch_input_shape: [null, embeddingSize], dtype: 'float32' },
  };
  const layers = [input];
  const weights = new Map<string, Weight>();
  for (const step of steps) {
    if (step.kind === 'nothing') continue;
    const [className, config, variables] = toLayer(step);
    const name = `${step.kind}_${layers.length}`;
    layers.push({ className, name, inputs: [layers.at(-1)!.name], config: { name, ...config } });
    for (const [variable, weight] of Object.entries(variables)) weights.set(`${name}/${variable}`, weight);
  }
  return { topology: { name: 'head', layers, input: inputName, output: layers.at(-1)!.name }, weights };
}

/** What follows class scores where the graph has nothing there. */
export type ScoreActivation = EndActivation;

export interface Head {
  /** From the embedding to logits. */
  readonly model: LayersModel;
  readonly classes: number;
  /** The graph has one output for two classes: the second one's. */
  readonly isBinary: boolean;
  /** sigmoid: the classes do not exclude one another. */
  readonly activation: EndActivation;
}

/**
 * The head that takes the steps. `activation`: see ScoreActivation. Throws AppError invalid_model, beginning with `path`, when it ends in
 * anything but scores, a softmax or a sigmoid, or its sizes do not fit.
 */
export function toHead(
  steps: readonly TailStep[],
  embeddingSize: number,
  path: string,
  activation?: ScoreActivation,
): Head {
  const last = lastActivation(steps) ?? activation;
  const outputs = steps.findLast((step) => step.kind === 'dense')?.kernel.shape[1];
  const isBinary = outputs === 1;
  if (last !== undefined && !last.endsWith('softmax') && last !== 'sigmoid')
    throw invalidModel(`${path}: it ends in ${last}; expected softmax, sigmoid, or class scores without either`);
  try {
    const { topology, weights } = asTwoClasses(toLayers(steps, embeddingSize), activation);
    const model = { topology: stripEnd(topology), weights };
    const ended = last === 'sigmoid' && !isBinary ? last : 'softmax';
    return { model, classes: compileHead(model, embeddingSize).outputSize, isBinary, activation: ended };
  } catch (error) {
    throw error instanceof AppError
      ? invalidModel(`${path}: what follows its cut is no head: ${error.detail}`, error)
      : error;
  }
}

/** Values of the embedding: the rows of the first dense layer's kernel. Undefined when there is none. */
export const embeddingSizeOf = (steps: readonly TailStep[]): number | undefined =>
  steps.find((step) => step.kind === 'dense')?.kernel.shape[0];

/** The activation that ends the graph. */
function lastActivation(steps: readonly TailStep[]): ActivationName | undefined {
  const last = steps.findLast(({ kind }) => kind !== 'nothing');
  return last?.kind === 'activation' ? last.name : last?.kind === 'dense' ? last.activation : undefined;
}

/** Whether the graph ends in a softmax or in sigmoids, so that what it gives are probabilities. */
export const endsInProbabilities = (steps: readonly TailStep[]): boolean =>
  ['softmax', 'sigmoid'].includes(lastActivation(steps) ?? '');
