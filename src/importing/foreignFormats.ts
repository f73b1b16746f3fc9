// Formats that cannot be imported, recognised by their bytes, and the way from each to one that can.
import { extname } from 'node:path';

const toOnnx = (load: string): string =>
  [
    'export it to ONNX where it was trained:',
    `  ${load}`,
    '  torch.onnx.export(model.eval(), torch.zeros(1, 3, 224, 224), "model.onnx", input_names=["image"], dynamic_axes={"image": {0: "n"}}, dynamo=False)',
    '  # 224: the side of the images that it was trained on; then: taxon import model.onnx --preprocess torch --labels labels.txt',
  ].join('\n');

const weightsAlone =
  'import torch; model = YourNetwork(); model.load_state_dict(torch.load("FILE", weights_only=True))  # the class and the file that it was saved from';
const wholeModule = 'import torch; model = torch.jit.load("FILE")  # or torch.export.load("FILE").module() for .pt2';
const safetensors =
  'import torch, safetensors.torch; model = YourNetwork(); model.load_state_dict(safetensors.torch.load_file("FILE"))';

interface ForeignFormat {
  /** Of the file's beginning and name. */
  readonly matches: (bytes: Buffer, path: string) => boolean;
  readonly name: string;
  readonly advice: string;
}

const pickle = Buffer.from([0x80, 0x02]);
/** A safetensors file, which begins with the length of its JSON header, in eight bytes. `bytes`: its first 16. */
export const isSafetensors = (bytes: Buffer): boolean =>
  bytes.length > 8 && bytes[8] === 0x7b && bytes.readBigUInt64LE(0) < 2n ** 28n;

const byBytes: readonly ForeignFormat[] = [
  {
    matches: (bytes) => bytes.subarray(0, 2).equals(pickle),
    name: "a PyTorch checkpoint in Python's pickle format, which would have to run code to be read",
    advice: toOnnx(weightsAlone),
  },
  {
    matches: (bytes) => bytes.subarray(4, 8).toString('latin1') === 'TFL3',
    name: 'a TensorFlow Lite model',
    advice: 'convert it to ONNX: pip install tf2onnx; python -m tf2onnx.convert --tflite FILE --output model.onnx',
  },
  {
    matches: (_bytes, path) => ['.mlmodel', '.mlpackage'].includes(extname(path)),
    name: 'a Core ML model',
    advice: 'import the model that it was converted from, as ONNX or Keras',
  },
];

const describe = (path: string, { name, advice }: Pick<ForeignFormat, 'name' | 'advice'>): string =>
  `${path} is ${name}: ${advice.replaceAll('FILE', path)}`;

/** What the file is and how to bring it, in a sentence and, for PyTorch, lines of Python; undefined where it is of no known kind. `bytes`: its first 16. */
export function describeForeign(bytes: Buffer, path: string): string | undefined {
  const found = byBytes.find(({ matches }) => matches(bytes, path));
  return found && describe(path, found);
}

/** As describeForeign, of a zip file by the names in it. */
export function describeForeignZip(names: readonly string[], path: string): string | undefined {
  const has = (end: string): boolean => names.some((name) => name === end || name.endsWith(`/${end}`));
  if (
    has('constants.pkl') ||
    has('serialized_exported_program.json') ||
    names.some((name) => name.endsWith('.pt2')) ||
    has('archive_format')
  )
    return describe(path, { name: 'a whole PyTorch network', advice: toOnnx(wholeModule) });
  return undefined;
}

/** Whether the names in a zip file are those of a PyTorch checkpoint, or of a whole network in which one stands. */
export const isCheckpoint = (names: readonly string[]): boolean =>
  names.some((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));

/** What to do with weights of PyTorch that are of no network known by its names. */
export const describeWeights = (path: string, format: 'safetensors' | 'checkpoint'): string =>
  describe(
    path,
    format === 'safetensors'
      ? {
          name: 'weights in the safetensors format, of none of the networks known by the names of their weights',
          advice: toOnnx(safetensors),
        }
      : {
          name: 'a PyTorch checkpoint of none of the networks known by the names of their weights',
          advice: toOnnx(weightsAlone),
        },
  );
