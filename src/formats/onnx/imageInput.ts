// The one image that an ONNX file takes: how its values lie, and whether its sides and its batch are open.
import { invalidModel } from '../invalidModel.js';
import { elementTypes, type DimensionProto, type GraphProto, type ValueInfoProto } from './protobuf.js';

export interface ImageInput {
  readonly name: string;
  readonly type: 'uint8' | 'float32' | 'float16';
  readonly layout: 'NCHW' | 'NHWC';
  /** undefined: open. */
  readonly batch: number | undefined;
  readonly height: number | undefined;
  readonly width: number | undefined;
}

/** The side's length; undefined when it is open. Exporters write open sides as 0 or -1, too. */
const sideOf = ({ dim_value: value }: DimensionProto): number | undefined =>
  Number(value ?? 0) > 0 ? Number(value) : undefined;

export const sidesOf = ({ type }: ValueInfoProto): (number | undefined)[] =>
  (type?.tensor_type?.shape?.dim ?? []).map(sideOf);

const describe = (sides: readonly (number | undefined)[]): string => `[${sides.map((side) => side ?? '?').join(', ')}]`;

/** Inputs that are not constants; old files list their weights among the inputs. */
export const realInputs = ({ input, initializer }: GraphProto): readonly ValueInfoProto[] => {
  const constants = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !constants.has(name));
};

/** The file's only input, which must be an image. Throws AppError invalid_model, beginning with `path`. */
export function readImageInput(graph: GraphProto, path: string): ImageInput {
  const inputs = realInputs(graph);
  if (inputs.length !== 1)
    throw invalidModel(
      `${path} has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}); expected one, the image`,
    );
  const [input] = inputs as [ValueInfoProto];
  const number = input.type?.tensor_type?.elem_type;
  const type = (['uint8', 'float32', 'float16'] as const).find((name) => elementTypes[name] === number);
  if (type === undefined)
    throw invalidModel(
      `${path}: input ${input.name} is of ONNX' element type ${number ?? 'none'}; expected float32, float16 or uint8`,
    );
  const sides = sidesOf(input);
  const layout = sides.length !== 4 ? undefined : sides[1] === 3 ? 'NCHW' : sides[3] === 3 ? 'NHWC' : undefined;
  if (layout === undefined)
    throw invalidModel(
      `${path}: input ${input.name} has shape ${describe(sides)}; expected [N, 3, height, width] or [N, height, width, 3]`,
    );
  const [height, width] = layout === 'NCHW' ? sides.slice(2) : sides.slice(1);
  return { name: input.name, type, layout, batch: sides[0], height, width };
}
