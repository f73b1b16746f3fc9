// Weights of PyTorch by their names: both file formats, what is refused in them, and the networks. torchvision's own numbers are compared by bench/parity.ts.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { sizeOf, type LayersModel } from '../../src/formats/layersModel.js';
import { understandLayers } from '../../src/importing/layersImport.js';
import { detectModelFormat, readLayersFile, type LayersFormat } from '../../src/importing/modelFormat.js';
import { createRandom } from '../../src/training/random.js';
import { freshFolder } from '../support/folder.js';
import { zipOf } from '../support/zips.js';

interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** In a checkpoint, where the values do not lie row by row. */
  readonly strides?: readonly number[];
}
type StateDict = ReadonlyMap<string, Stored>;

const random = createRandom(3);
const tensor = (...shape: number[]): Stored => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, () => random.next() - 0.5),
});

const norm = (name: string, channels: number): [string, Stored][] => [
  [`${name}.weight`, tensor(channels)],
  [`${name}.bias`, tensor(channels)],
  [`${name}.running_mean`, tensor(channels)],
  [`${name}.running_var`, { shape: [channels], data: new Float32Array(channels).fill(0.7) }],
];
const block = (name: string, inputs: number, outputs: number): [string, Stored][] => [
  [`${name}.conv1.weight`, tensor(outputs, inputs, 3, 3)],
  ...norm(`${name}.bn1`, outputs),
  [`${name}.conv2.weight`, tensor(outputs, outputs, 3, 3)],
  ...norm(`${name}.bn2`, outputs),
  ...(inputs === outputs
    ? []
    : ([[`${name}.downsample.0.weight`, tensor(outputs, inputs, 1, 1)], ...norm(`${name}.downsample.1`, outputs)] as [
        string,
        Stored,
      ][])),
];
/** A ResNet of one narrow block a stage. */
const resnet: StateDict = new Map([
  ['conv1.weight', tensor(4, 3, 7, 7)],
  ...norm('bn1', 4),
  ...block('layer1.0', 4, 4),
  ...block('layer2.0', 4, 5),
  ...block('layer3.0', 5, 6),
  ...block('layer4.0', 6, 7),
  ['fc.weight', tensor(3, 7)],
  ['fc.bias', tensor(3)],
]);

const bytesOf = ({ buffer }: Float32Array): Buffer => Buffer.from(buffer as ArrayBuffer);

function safetensorsOf(weights: StateDict): Buffer {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [name, { shape, data }] of weights)
    header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += data.byteLength)] };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...[...weights.values()].map(({ data }) => bytesOf(data))]);
}

/** Opcodes as torch.save writes them. */
const word = (text: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([Buffer.from('X'), length, Buffer.from(text)]);
};
const count = (value: number): Buffer => {
  const bytes = Buffer.alloc(5, 'J');
  bytes.writeInt32LE(value, 1);
  return bytes;
};
const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
const tuple = (...values: Buffer[]): Buffer => Buffer.concat([Buffer.from('('), ...values, Buffer.from('t')]);
const dictionary = (entries: readonly (readonly [string, Buffer])[]): Buffer =>
  Buffer.concat([
    global('collections', 'OrderedDict'),
    Buffer.from(')Rq\x01(', 'latin1'),
    ...entries.flatMap(([name, value]) => [word(name), value]),
    Buffer.from('u}(', 'latin1'),
    word('_metadata'),
    Buffer.from('}ub'),
  ]);
const call = (callable: Buffer, ...values: Buffer[]): Buffer =>
  Buffer.concat([callable, tuple(...values), Buffer.from('R')]);
const pickle = (value: Buffer): Buffer => Buffer.concat([Buffer.from([0x80, 2]), value, Buffer.from('.')]);

const strides = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
const pickledTensor = ({ shape, data, strides: given }: Stored, key: number): Buffer =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    Buffer.concat([
      tuple(word('storage'), global('torch', 'FloatStorage'), word(String(key)), word('cpu'), count(data.length)),
      Buffer.from('Q'),
    ]),
    count(0),
    tuple(...shape.map(count)),
    tuple(...(given ?? strides(shape)).map(count)),
    Buffer.from([0x89]),
    dictionary([]),
  );
const pickledStateDict = (weights: StateDict): Buffer =>
  dictionary([...weights].map(([name, stored], key) => [name, pickledTensor(stored, key)] as const));

const checkpointOf = (weights: StateDict, content = pickle(pickledStateDict(weights))): Promise<Buffer> =>
  zipOf({
    'weights/data.pkl': content,
    'weights/byteorder': 'little',
    ...Object.fromEntries([...weights.values()].map(({ data }, key) => [`weights/data/${key}`, bytesOf(data)])),
  });

async function read(test: TestContext, file: Buffer): Promise<LayersModel> {
  const path = join(await freshFolder(test), 'weights.file');
  await writeFile(path, file);
  return readLayersFile(path, (await detectModelFormat(path)) as LayersFormat);
}

const refusedWith = (message: RegExp) => ({ code: 'invalid_model', message });
const without = (weights: StateDict, name: string): StateDict =>
  new Map([...weights].filter(([other]) => other !== name));

describe("weights of PyTorch, known by torchvision's names", () => {
  it('are the same network from a checkpoint and from safetensors', async (test) => {
    const model = await read(test, await checkpointOf(resnet));
    assert.deepEqual(await read(test, safetensorsOf(resnet)), model);
    assert.equal(model.topology.layers.filter(({ className }) => className === 'Conv2D').length, 12);
    const dense = model.weights.get('fc/kernel')!;
    assert.deepEqual(dense.shape, [7, 3]);
    assert.equal(dense.data[1], resnet.get('fc.weight')!.data[7]);
    const understood = understandLayers(model, { normalisation: 'torch' });
    assert.deepEqual([understood.embeddingSize, understood.classes], [7, 3]);
  });

  it('may have been saved by a trainer, beside its own state and under a prefix', async (test) => {
    const prefixed: StateDict = new Map([...resnet].map(([name, stored]) => [`module.${name}`, stored]));
    const whole = dictionary([
      ['epoch', count(3)],
      ['best', Buffer.from([0x4e])],
      ['state_dict', pickledStateDict(prefixed)],
    ]);
    const model = await read(test, await checkpointOf(prefixed, pickle(whole)));
    assert.deepEqual(model, await read(test, safetensorsOf(resnet)));
  });

  it('are put into order where a tensor is stored in another', async (test) => {
    const { data } = resnet.get('fc.weight')!;
    const turned = { shape: [3, 7], strides: [1, 3], data };
    const model = await read(test, await checkpointOf(new Map([...resnet, ['fc.weight', turned]])));
    assert.deepEqual([...model.weights.get('fc/kernel')!.data], [...data]);
  });

  it('ask for the convention of the pixels, which nothing in them says', async (test) => {
    const model = await read(test, safetensorsOf(resnet));
    assert.throws(() => understandLayers(model), refusedWith(/say it with --preprocess/));
  });
});

describe('a file of PyTorch is refused', () => {
  it('where it names anything that would run', async (test) => {
    const evil = pickle(call(global('posix', 'system'), word('touch /tmp/owned')));
    await assert.rejects(
      async () => read(test, await checkpointOf(resnet, evil)),
      refusedWith(/holds a posix\.system, which would have to run code to be read/),
    );
    const loads = pickle(call(global('torch.storage', '_load_from_bytes'), word('')));
    await assert.rejects(
      async () => read(test, await checkpointOf(resnet, loads)),
      refusedWith(/torch\.storage\._load_from_bytes/),
    );
  });

  it('where its pickle is cut off, or has opcodes that no tensor needs', async (test) => {
    const whole = pickle(pickledStateDict(resnet));
    await assert.rejects(
      async () => read(test, await checkpointOf(resnet, whole.subarray(0, 400))),
      refusedWith(/cut off/),
    );
    // 0x81: an object of any class.
    await assert.rejects(
      async () => read(test, await checkpointOf(resnet, pickle(Buffer.from([0x81])))),
      refusedWith(/opcode 0x81 is not one/),
    );
    await assert.rejects(
      async () => read(test, await checkpointOf(resnet, pickle(Buffer.from('u')))),
      refusedWith(/no valid pickle/),
    );
  });

  it('where a tensor claims more numbers than there are', async (test) => {
    const large = { ...resnet.get('fc.bias')!, shape: [3_000_000], strides: [0] };
    await assert.rejects(
      async () => read(test, await checkpointOf(new Map([...resnet, ['fc.bias', large]]))),
      refusedWith(/more weights than that|fewer values/),
    );
    const short = { ...resnet.get('fc.bias')!, shape: [4] };
    await assert.rejects(
      async () => read(test, await checkpointOf(new Map([...resnet, ['fc.bias', short]]))),
      refusedWith(/fc\.bias has fewer values/),
    );
    const file = safetensorsOf(resnet);
    await assert.rejects(read(test, file.subarray(0, -4)), refusedWith(/fc\.bias has not the bytes/));
  });

  it('where a tensor is missing or has no place, by its name', async (test) => {
    const less = safetensorsOf(without(resnet, 'layer3.0.bn2.bias'));
    await assert.rejects(read(test, less), refusedWith(/layer3\.0\.bn2\.bias is missing/));
    const more = safetensorsOf(new Map([...resnet, ['layer4.0.attention.weight', tensor(2)]]));
    await assert.rejects(read(test, more), refusedWith(/layer4\.0\.attention\.weight has no place/));
  });

  it('where the network is not known, with the lines that export it', async (test) => {
    const other: StateDict = new Map([['encoder.weight', tensor(2, 2)]]);
    await assert.rejects(read(test, safetensorsOf(other)), refusedWith(/safetensors format.*\n.*load_file/));
    const checkpoint = await checkpointOf(other);
    await assert.rejects(
      read(test, checkpoint),
      refusedWith(/PyTorch checkpoint.*\n.*load_state_dict[^]*onnx\.export/),
    );
  });
});
