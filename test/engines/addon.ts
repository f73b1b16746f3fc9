// Whether the tfjs engine's native addon is here; a suite that needs it says why it was skipped.
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
