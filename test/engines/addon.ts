// What engines this machine has: whether the tfjs engine's native addon is here, and which devices the caller wants tested.
import type { Device, EngineName } from '../../src/engines/engine.js';
import { openvinoDirectory, searchLibrary } from '../../src/engines/openvino/findLibrary.js';
import { findAddon, type Addon } from '../../src/engines/tfjs/addon.js';

export const addon = lookForAddon();

/** For node:test's `skip`. */
export const withoutAddon: string | false = typeof addon === 'string' ? `SKIPPED: ${addon}` : false;

function lookForAddon(): Addon | string {
  try {
    return findAddon();
  } catch (error) {
    return (error as Error).message;
  }
}

/** From TAXON_TEST_DEVICES, such as tfjs:cuda,onnx:cuda,onnx:webgpu: for a machine that has them. */
export const extraDevices = (process.env['TAXON_TEST_DEVICES'] ?? '')
  .split(',')
  .filter((entry) => entry !== '')
  .map((entry) => {
    const [engine, device] = entry.split(':') as [EngineName, Device];
    return { engine, device };
  });

/** For node:test's `skip`. */
export const withoutOpenvino: string | false =
  searchLibrary(openvinoDirectory) === undefined
    ? 'SKIPPED: OpenVINO is not installed; run: npx taxon engine install openvino'
    : false;
