// Files of other frameworks are named, with the way to one that can be imported.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { detectModelFormat } from '../../src/importing/modelFormat.js';
import { freshFolder } from '../support/folder.js';
import { zipOf } from '../support/zips.js';

const files: Readonly<Record<string, readonly [bytes: Buffer, message: RegExp]>> = {
  'old.pth': [
    Buffer.from([0x80, 0x02, 0x8a, 0x0a, 0x6c]),
    /pickle format.*\n.*load_state_dict.*old\.pth[^]*onnx\.export/,
  ],
  'scripted.pt': [
    await zipOf({ 'net/data.pkl': 'x', 'net/constants.pkl': 'y' }),
    /is a whole PyTorch network.*\n.*torch\.jit\.load[^]*onnx\.export/,
  ],
  'net.tflite': [Buffer.from('\x1c\0\0\0TFL3........', 'latin1'), /TensorFlow Lite.*tf2onnx/],
  'net.mlmodel': [Buffer.from([0x08, 0x04, 0x12, 0x00]), /Core ML/],
};

for (const [name, [bytes, message]] of Object.entries(files))
  it(`${name} is told from the formats that can be imported, and the way to one of them is shown`, async (test) => {
    const path = join(await freshFolder(test), name);
    await writeFile(path, bytes);
    await assert.rejects(detectModelFormat(path), { code: 'invalid_model', message });
  });

it('a folder of Core ML is named', async (test) => {
  const path = join(await freshFolder(test), 'net.mlpackage');
  await mkdir(path);
  await assert.rejects(detectModelFormat(path), { code: 'invalid_model', message: /Core ML/ });
});
