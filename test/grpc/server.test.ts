import assert from 'node:assert/strict';
import { after, describe, it, test } from 'node:test';
import { Client, credentials, Metadata, status as codes, type ServiceError } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage } from '../../src/formats/openInference/messages.js';
import { drawJpeg } from '../support/drawnImages.js';
import { adminKey, startApp } from '../http/runningApp.js';

interface Inferred {
  readonly id: string;
  readonly model_version: string;
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly datatype: string; readonly shape: number[] }>;
  readonly raw_output_contents: readonly Buffer[];
}

const { app, url } = await startApp({ GRPC_PORT: '0', AUTH: 'required', MAX_BODY_BYTES: String(4 * 2 ** 20) });
const client = new Client(app.grpcAddress()!.replace('0.0.0.0', '127.0.0.1'), credentials.createInsecure());
after(() => client.close());
const image = await drawJpeg(10);
const withKey = { authorization: `Bearer ${adminKey}` };
const size = 299;

function callRaw(method: string, request: Buffer, headers: Record<string, string> = withKey, timeoutMs = 60_000) {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise<Buffer>((resolve, reject) => {
    const path = `/inference.GRPCInferenceService/${method}`;
    const asItIs = (bytes: Buffer): Buffer => bytes;
    const done = (error: ServiceError | null, answer?: Buffer): void => (error ? reject(error) : resolve(answer!));
    client.makeUnaryRequest(path, asItIs, asItIs, request, metadata, { deadline: Date.now() + timeoutMs }, done);
  });
}

async function call<T>(method: string, types: readonly [string, string], request: object, headers = withKey as object) {
  const answer = await callRaw(method, encodeMessage(types[0], request), headers as Record<string, string>);
  return decodeMessage(types[1], answer) as T;
}
const infer = (request: object): Promise<Inferred> =>
  call('ModelInfer', ['ModelInferRequest', 'ModelInferResponse'], { model_name: 'clothing', ...request });

const lengthBefore = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const tensor = { name: 'image', datatype: 'BYTES', shape: [1] };
const raw = { inputs: [tensor], raw_input_contents: [lengthBefore(image)] };

test('inference gives the same probabilities as over HTTP', async () => {
  const { id, model_version, outputs, raw_output_contents } = await infer({ id: 'abc', ...raw });
  assert.deepEqual([id, model_version], ['abc', '1']);
  assert.deepEqual(
    outputs.map(({ name, datatype, shape }) => [name, datatype, shape]),
    [
      ['probabilities', 'FP32', [1, 10]],
      ['label', 'BYTES', [1]],
    ],
  );
  const body = JSON.stringify({ inputs: [{ ...tensor, data: [image.toString('base64')] }] });
  const headers = { ...withKey, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v2/models/clothing/infer`, { method: 'POST', body, headers });
  const expected = (await response.json()) as { outputs: [{ data: number[] }, { data: string[] }] };
  const [probabilities, label] = raw_output_contents;
  expected.outputs[0].data.forEach((value, index) =>
    assert.ok(Math.abs(value - probabilities!.readFloatLE(index * 4)) < 1e-6),
  );
  assert.deepEqual(label, lengthBefore(Buffer.from(expected.outputs[1].data[0]!)));
});

test('tensors may be in their contents', async () => {
  const [expected] = (await infer(raw)).raw_output_contents;
  const inContents = await infer({ inputs: [{ ...tensor, contents: { bytes_contents: [image] } }] });
  assert.deepEqual(inContents.raw_output_contents[0], expected);

  const pixels = Uint8Array.from({ length: size * size * 3 }, (_, index) => (index * 7) % 256);
  const shape = [1, size, size, 3];
  const packed = Buffer.from([...pixels].flatMap((value) => (value < 128 ? [value] : [value, 1])));
  const floats = Buffer.from(Float32Array.from(pixels).buffer);
  const answers = await Promise.all(
    [
      { ...raw, inputs: [{ name: 'image', datatype: 'UINT8', shape }], raw_input_contents: [pixels] },
      { inputs: [{ name: 'image', datatype: 'UINT8', shape, contents: { uint_contents: packed } }] },
      { inputs: [{ name: 'image', datatype: 'FP32', shape, contents: { fp32_contents: floats } }] },
    ].map(infer),
  );
  const [first, ...others] = answers.map(({ raw_output_contents }) => raw_output_contents);
  for (const other of others) assert.deepEqual(other, first);
});

test('classification names classes', async () => {
  const outputs = [{ name: 'probabilities', parameters: { classification: { int64_param: 2 } } }];
  const { outputs: answered, raw_output_contents } = await infer({ ...raw, outputs });
  assert.deepEqual([answered[0]!.datatype, answered[0]!.shape], ['BYTES', [1, 2]]);
  assert.match(raw_output_contents[0]!.subarray(4).toString('latin1'), /^[01]\.\d{6}:\d:/);
});

describe('who may call', () => {
  const withoutKey = {};
  it('is anyone who asks for the health', async () => {
    assert.deepEqual(await call('ServerLive', ['Empty', 'ServerLiveResponse'], {}, withoutKey), { live: true });
    assert.deepEqual(await call('ServerReady', ['Empty', 'ServerReadyResponse'], {}, withoutKey), { ready: true });
  });

  it('is nobody without a key, before the message is read', async () => {
    const noMessage = Buffer.alloc(2 ** 20);
    await assert.rejects(callRaw('ModelInfer', noMessage, {}), { code: codes.UNAUTHENTICATED });
    await assert.rejects(callRaw('ModelMetadata', noMessage, { 'x-api-key': 'wrong' }), {
      code: codes.UNAUTHENTICATED,
    });
  });

  it('is the administrator alone where models are loaded and unloaded', async () => {
    const { body } = await postKey(['classify']);
    const request = encodeMessage('RepositoryModelRequest', { model_name: 'clothing' });
    for (const method of ['RepositoryModelUnload', 'RepositoryModelLoad'])
      await assert.rejects(callRaw(method, request, { 'x-api-key': body.key }), { code: codes.PERMISSION_DENIED });
    await callRaw('RepositoryModelUnload', request);
    await assert.rejects(infer(raw), { code: codes.NOT_FOUND });
    await callRaw('RepositoryModelLoad', request);
    assert.equal((await infer(raw)).outputs.length, 2);
  });
});

async function postKey(scopes: string[]): Promise<{ body: { key: string } }> {
  const response = await fetch(`${url}/v1/admin/keys`, {
    method: 'POST',
    headers: { ...withKey, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'client', scopes }),
  });
  return { body: (await response.json()) as { key: string } };
}

describe('a message', () => {
  it('that is none is refused', async () => {
    await assert.rejects(callRaw('ModelInfer', Buffer.from([0x0a, 0xff])), { code: codes.INVALID_ARGUMENT });
  });

  it('of a million parts is refused before it is taken apart', async () => {
    for (const tag of [0x2a, 0x32, 0x3a]) {
      const parts = Buffer.alloc(2_000_000);
      for (let at = 0; at < parts.length; at += 2) parts[at] = tag;
      await assert.rejects(callRaw('ModelInfer', parts), {
        code: codes.INVALID_ARGUMENT,
        details: /more than 2000 fields/,
      });
    }
  });

  it('longer than MAX_BODY_BYTES is refused', async () => {
    await assert.rejects(callRaw('ModelInfer', Buffer.alloc(5 * 2 ** 20)), { code: codes.RESOURCE_EXHAUSTED });
  });

  it('that asks for something is short', async () => {
    await assert.rejects(callRaw('ModelMetadata', Buffer.alloc(2 ** 17)), { code: codes.INVALID_ARGUMENT });
  });
});

test('errors carry the detail, and the code in the trailing metadata', async () => {
  await assert.rejects(infer({ ...raw, model_version: '99' }), (error: ServiceError) => {
    assert.equal(error.code, codes.NOT_FOUND);
    assert.match(error.details, /has no version 99/);
    assert.deepEqual(error.metadata.get('taxon-code'), ['unknown_version']);
    return true;
  });
  await assert.rejects(infer({ inputs: [tensor], raw_input_contents: [lengthBefore(Buffer.from('no image'))] }), {
    code: codes.INVALID_ARGUMENT,
  });
});

test('a call whose deadline passes gives back what it was promised', async () => {
  const request = encodeMessage('ModelInferRequest', {
    model_name: 'clothing',
    inputs: [{ ...tensor, shape: [8] }],
    raw_input_contents: [Buffer.concat(Array.from({ length: 8 }, () => lengthBefore(image)))],
  });
  await assert.rejects(callRaw('ModelInfer', request, withKey, 1), { code: codes.DEADLINE_EXCEEDED });
  assert.equal((await infer(raw)).outputs.length, 2);
});

test('there is no gRPC unless it is asked for', async () => {
  const other = await startApp();
  assert.equal(other.app.grpcAddress(), undefined);
});
