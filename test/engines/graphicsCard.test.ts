import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainMissingGpu, parseGraphicsCard, readMissingGpuReason } from '../../src/engines/tfjs/graphicsCard.js';

const cards = '0, GPU-aaaa, NVIDIA H200, 143771, 570.86.15\n1, GPU-bbbb, NVIDIA L4, 23034, 570.86.15\n';

describe('the card in use', () => {
  it('is the last of all, or of those that CUDA_VISIBLE_DEVICES names by number or id', () => {
    assert.equal(parseGraphicsCard(cards, undefined)?.name, 'NVIDIA L4');
    assert.equal(parseGraphicsCard(cards, '0')?.name, 'NVIDIA H200');
    assert.equal(parseGraphicsCard(cards, '1,GPU-aa')?.name, 'NVIDIA H200');
  });

  it('comes with its memory in bytes and the driver', () => {
    assert.deepEqual(parseGraphicsCard(cards, '1'), {
      name: 'NVIDIA L4',
      memoryBytes: 23034 * 2 ** 20,
      driverVersion: '570.86.15',
    });
  });

  it('is unknown when nothing fits', () => {
    assert.equal(parseGraphicsCard('', undefined), undefined);
    assert.equal(parseGraphicsCard(cards, '-1'), undefined);
  });
});

describe('the reason for no GPU', () => {
  const missing = (name: string): string =>
    `I0000 dso_loader.cc:144] Could not load dynamic library '${name}'; dlerror: ${name}: cannot open shared object file\n`;

  it('is the driver when its library is missing', () => {
    assert.match(
      readMissingGpuReason(
        missing('libcuda.so.1') + 'E0000 cuda_platform.cc:52] failed call to cuInit: INTERNAL: UNKNOWN ERROR (303)',
      ),
      /no NVIDIA driver: libcuda\.so\.1/,
    );
  });

  it('names every library that is missing, once', () => {
    assert.match(
      readMissingGpuReason(missing('libcudnn.so.9') + missing('libcufft.so.11') + missing('libcudnn.so.9')),
      /loaded: libcudnn\.so\.9, libcufft\.so\.11$/,
    );
  });

  it('is what the driver says when it does not start', () => {
    assert.match(
      readMissingGpuReason('E0000 cuda_platform.cc:52] failed call to cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH'),
      /SYSTEM_DRIVER_MISMATCH/,
    );
  });

  it('is the hidden device when all is there', () => {
    assert.match(readMissingGpuReason('I0000 nothing of note'), /CUDA_VISIBLE_DEVICES/);
  });

  it('is the build when TensorFlow came without CUDA, and says which command changes that', () => {
    assert.match(explainMissingGpu({ file: '/nowhere', cuda: false }), /npm run build:tfjs-native -- --cuda$/);
  });
});
