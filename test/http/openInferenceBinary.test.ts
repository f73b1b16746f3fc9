import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { drawJpeg } from '../support/drawnImages.js';
import { adminKey, call, startApp } from './runningApp.js';

interface Inferred {
  readonly id?: string;
  readonly error?: string;
  readonly code?: string;
  readonly outputs: Array<{
    readonly name: string;
    readonly datatype: string;
    readonly shape: number[];
    readonly parameters?: { readonly binary_data_size: number };
    readonly data?: Array<number | string>;
  }>;
}
interface Answer {
  readonly status: number;
  readonly json: Inferred;
  readonly binary: Buffer;
}

const maxInflightBytes = 4 * 2 ** 20;
const { url } = await startApp({ MAX_INFLIGHT_BYTES: String(maxInflightBytes) });
const images = [await drawJpeg(10), await drawJpeg(130)];
const size = 299;

/** Without a Content-Type, as tritonclient sends it. */
async function infer(body: Buffer, headers: Record<string, string> = {}, model = 'clothing'): Promise<Answer> {
  const response = await fetch(`${url}/v2/models/${model}/infer`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers,
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length') ?? bytes.length);
  const json = JSON.parse(bytes.subarray(0, length).toString()) as Inferred;
  return { status: response.status, json, binary: bytes.subarray(length) };
}

const inferJson = (body: object): Promise<Answer> => infer(Buffer.from(JSON.stringify(body)));

function inferBinary(header: object, tensors: Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const { body, length } = binaryBody(header, tensors);
  return infer(body, { 'inference-header-content-length': String(length), ...headers });
}

function binaryBody(header: object, tensors: Buffer): { body: Buffer; length: number } {
  const json = Buffer.from(JSON.stringify(header));
  return { body: Buffer.concat([json, tensors]), length: json.length };
}

const lengthBefore = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const encoded = Buffer.concat(images.map(lengthBefore));
const files = { name: 'image', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: encoded.length } };
const texts = { name: 'image', datatype: 'BYTES', shape: [2], data: images.map((image) => image.toString('base64')) };
const { json: expected } = await inferJson({ inputs: [texts] });
const probabilities = expected.outputs[0]!.data as number[];

const floatsOf = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
const areClose = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => Math.abs(value - b[index]!) < 1e-6);

test('binary tensors in and out are those of JSON', async () => {
  const { json, binary } = await inferBinary(
    { id: '7', parameters: { binary_data_output: true }, inputs: [files] },
    encoded,
  );
  const [first, second] = json.outputs;
  assert.deepEqual([json.id, first!.shape, first!.parameters?.binary_data_size], ['7', [2, 10], 80]);
  assert.ok(areClose(floatsOf(binary.subarray(0, 80)), probabilities));
  const [label, other] = expected.outputs[1]!.data as string[];
  assert.deepEqual(binary.subarray(80), Buffer.concat([label!, other!].map((text) => lengthBefore(Buffer.from(text)))));
  assert.equal(second!.parameters?.binary_data_size, binary.length - 80);
});

test('each output says for itself whether it is binary', async () => {
  const { json, binary } = await inferBinary(
    {
      parameters: { binary_data_output: true },
      inputs: [files],
      outputs: [{ name: 'label', parameters: { binary_data: false } }, { name: 'probabilities' }],
    },
    encoded,
  );
  assert.deepEqual(json.outputs[0], expected.outputs[1]);
  assert.equal(json.outputs[1]!.data, undefined);
  assert.equal(binary.length, 80);
});

test('binary elements may be base64 texts', async () => {
  const asText = Buffer.concat(texts.data.map((text) => lengthBefore(Buffer.from(text))));
  const input = { ...files, parameters: { binary_data_size: asText.length } };
  const { json } = await inferBinary({ inputs: [input] }, asText);
  assert.deepEqual(json.outputs, expected.outputs);
});

test('classification names the most probable classes, most probable first', async () => {
  const { json } = await inferJson({
    inputs: [texts],
    outputs: [{ name: 'probabilities', parameters: { classification: 3 } }],
  });
  const [output] = json.outputs;
  assert.deepEqual([output!.datatype, output!.shape], ['BYTES', [2, 3]]);
  const { body } = await call<{ labels: string[] }>(`${url}/v2/models/clothing`);
  const sorted = [...probabilities.slice(0, 10).entries()].sort(([, a], [, b]) => b - a).slice(0, 3);
  const wanted = sorted.map(([index, value]) => `${value.toFixed(6)}:${index}:${body.labels[index]!}`);
  assert.deepEqual(output!.data!.slice(0, 3), wanted);
});

test('more classes than there are, are all', async () => {
  const outputs = [{ name: 'probabilities', parameters: { classification: 500 } }];
  const { json } = await inferJson({ inputs: [texts], outputs });
  assert.deepEqual(json.outputs[0]!.shape, [2, 10]);
});

describe('pixels', () => {
  const pixels = Uint8Array.from({ length: size * size * 3 }, (_, index) => (index * 7) % 256);
  const shape = [1, size, size, 3];
  const tensorOf = (datatype: string, bytes: number): object => ({
    name: 'image',
    datatype,
    shape,
    parameters: { binary_data_size: bytes },
  });

  it('as UINT8 and as FP32 of 0 to 255, binary and in JSON, are the same image', async () => {
    const floats = Buffer.from(Float32Array.from(pixels).buffer);
    const answers = await Promise.all([
      inferBinary({ inputs: [tensorOf('UINT8', pixels.length)] }, Buffer.from(pixels)),
      inferBinary({ inputs: [tensorOf('FP32', floats.length)] }, floats),
      inferJson({ inputs: [{ name: 'image', datatype: 'UINT8', shape, data: [...pixels] }] }),
      inferJson({ inputs: [{ name: 'image', datatype: 'FP32', shape, data: nested(pixels) }] }),
    ]);
    const [first, ...others] = answers.map(({ json }) => json.outputs);
    assert.equal(first![0]!.data!.length, 10);
    for (const other of others) assert.deepEqual(other, first);
  });

  it('of another size are refused', async () => {
    const small = { ...tensorOf('UINT8', 12), shape: [1, 2, 2, 3] };
    const { status, json } = await inferBinary({ inputs: [small] }, Buffer.alloc(12));
    assert.equal(status, 400);
    assert.match(json.error!, /2 × 2.*299 × 299/);
  });

  it('that were scaled to 0 to 1, or to -1 to 1, are refused', async () => {
    for (const [scale, wording] of [
      [(value: number) => value / 255, /scaled/],
      [(value: number) => value / 127.5 - 1, /0 to 255/],
    ] as const) {
      const floats = Buffer.from(Float32Array.from(pixels, scale).buffer);
      const { status, json } = await inferBinary({ inputs: [tensorOf('FP32', floats.length)] }, floats);
      assert.equal(status, 400);
      assert.match(json.error!, wording);
    }
  });

  it('out of range in JSON are refused', async () => {
    const data = [...pixels.slice(1), 256];
    const { status } = await inferJson({ inputs: [{ name: 'image', datatype: 'UINT8', shape, data }] });
    assert.equal(status, 400);
  });
});

/** [1, size, size, 3] */
function nested(pixels: Uint8Array): number[][][][] {
  const row = (y: number): number[][] =>
    Array.from({ length: size }, (_, x) => [...pixels.subarray((y * size + x) * 3, (y * size + x) * 3 + 3)]);
  return [Array.from({ length: size }, (_, y) => row(y))];
}

describe('a compressed body', () => {
  const { body, length } = binaryBody({ inputs: [files] }, encoded);
  const headers = { 'inference-header-content-length': String(length) };

  it('is read in gzip and in deflate', async () => {
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
    ] as const) {
      const { json } = await infer(bytes, { ...headers, 'content-encoding': encoding });
      assert.deepEqual(json.outputs, expected.outputs, encoding);
    }
  });

  it('is refused when it is cut off, of another encoding, or unknown', async () => {
    const cut = await infer(gzipSync(body).subarray(0, -20), { ...headers, 'content-encoding': 'gzip' });
    assert.deepEqual([cut.status, cut.json.code], [400, 'invalid_request']);
    const plain = await infer(body, { ...headers, 'content-encoding': 'gzip' });
    assert.deepEqual([plain.status, plain.json.code], [400, 'invalid_request']);
    const unknown = await infer(body, { ...headers, 'content-encoding': 'br' });
    assert.deepEqual([unknown.status, unknown.json.code], [415, 'unsupported_media_type']);
  });

  it('is refused when it grows past the memory that there is for bodies', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"inputs":[]}'), Buffer.alloc(2 * maxInflightBytes)]));
    assert.ok(bomb.length < 10_000);
    const { status, json } = await infer(bomb, {
      'content-encoding': 'gzip',
      'inference-header-content-length': '13',
    });
    assert.deepEqual([status, json.code], [429, 'overloaded']);
    const { json: after } = await inferJson({ inputs: [texts] });
    assert.deepEqual(after.outputs, expected.outputs, 'and its memory is given back');
  });
});

describe('refused with a 400 that says why', () => {
  const refusals: ReadonlyArray<readonly [string, () => Promise<Answer>, RegExp]> = [
    ['fewer bytes than announced', () => inferBinary({ inputs: [files] }, encoded.subarray(1)), /announce/],
    [
      'more bytes than announced',
      () => inferBinary({ inputs: [files] }, Buffer.concat([encoded, encoded])),
      /announce/,
    ],
    [
      'a header length past the end',
      () => infer(Buffer.from('{}'), { 'inference-header-content-length': '20' }),
      /is 20, the body has 2 bytes/,
    ],
    [
      'a header length that is no number',
      () => infer(Buffer.from('{}'), { 'inference-header-content-length': '2x' }),
      /Inference-Header-Content-Length/,
    ],
    ['no body', () => infer(Buffer.alloc(0)), /inputs as JSON/],
    ['no JSON', () => infer(Buffer.from('image=1')), /JSON/],
    ['another input', () => inferJson({ inputs: [{ ...texts, name: 'input_1' }] }), /"image".*"input_1"/],
    ['another datatype', () => inferJson({ inputs: [{ ...texts, shape: [1, 1, 1, 3], datatype: 'FP64' }] }), /FP64/],
    ['another output', () => inferJson({ inputs: [texts], outputs: [{ name: 'logits' }] }), /"logits"/],
    [
      'classes of labels',
      () => inferJson({ inputs: [texts], outputs: [{ name: 'label', parameters: { classification: 1 } }] }),
      /classification/,
    ],
    [
      'shared memory',
      () => inferJson({ inputs: [{ ...texts, data: undefined, parameters: { shared_memory_region: 'r' } }] }),
      /shared memory/,
    ],
    [
      'many values outside of data',
      () => inferJson({ inputs: Array.from({ length: 100_000 }, () => ({})) }),
      /more than/,
    ],
  ];
  for (const [name, request, wording] of refusals)
    it(name, async () => {
      const { status, json } = await request();
      assert.equal(status, 400, json.error);
      assert.match(json.error!, wording);
    });
});

describe('the repository', () => {
  const authorization = `Bearer ${adminKey}`;
  const change = (verb: string, headers: Record<string, string> = { authorization }): Promise<{ status: number }> =>
    call(`${url}/v2/repository/models/clothing/${verb}`, { method: 'POST', headers });
  const index = async (body?: string): Promise<unknown> =>
    (await call(`${url}/v2/repository/index`, { method: 'POST', ...(body !== undefined && { body }) })).body;
  const ready = async (): Promise<number> => (await call(`${url}/v2/models/clothing/ready`)).status;

  it('takes a classifier out of service and back, and its index says so', async () => {
    assert.deepEqual(await index(), [{ name: 'clothing', version: '1', state: 'READY' }]);
    assert.equal((await change('unload')).status, 200);
    assert.equal(await ready(), 404);
    assert.deepEqual(await index(), [{ name: 'clothing', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' }]);
    assert.deepEqual(await index('{"ready":true}'), []);
    assert.equal((await change('load')).status, 200);
    assert.equal(await ready(), 200);
    assert.equal((await inferJson({ inputs: [texts] })).status, 200);
  });

  it('asks for an admin key', async () => {
    assert.equal((await change('unload', {})).status, 401);
    assert.equal((await change('load', {})).status, 401);
    assert.equal(await ready(), 200);
  });

  it('knows no classifier that is not there', async () => {
    const { status } = await call(`${url}/v2/repository/models/none/load`, {
      method: 'POST',
      headers: { authorization },
    });
    assert.equal(status, 404);
  });

  it('takes no configuration', async () => {
    const { status } = await call(`${url}/v2/repository/models/clothing/load`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ parameters: { config: '{}' } }),
    });
    assert.equal(status, 400);
  });
});

test('statistics count requests, images and runs of the engine', async () => {
  interface Statistics {
    model_stats: Array<{
      inference_count: number;
      execution_count: number;
      inference_stats: Record<string, { count: number; ns: number }>;
    }>;
  }
  const read = async (path: string): Promise<Statistics['model_stats']> =>
    (await call<Statistics>(`${url}/v2/models${path}/stats`)).body.model_stats;
  const [before] = await read('/clothing');
  await inferJson({ inputs: [texts] });
  const [after] = await read('/clothing/versions/1');
  assert.equal(after!.inference_count - before!.inference_count, 2);
  assert.equal(after!.inference_stats['success']!.count - before!.inference_stats['success']!.count, 1);
  assert.ok(after!.execution_count > before!.execution_count);
  assert.ok(after!.inference_stats['compute_infer']!.ns > before!.inference_stats['compute_infer']!.ns);
  assert.deepEqual(await read(''), [after]);
});

test('the configuration is in Triton’s words', async () => {
  const { body } = await call<{ max_batch_size: number; output: object[] }>(
    `${url}/v2/models/clothing/versions/1/config`,
  );
  assert.equal(body.max_batch_size, 32);
  assert.deepEqual(body.output[0], { name: 'probabilities', data_type: 'TYPE_FP32', dims: [10], label_filename: '' });
});
