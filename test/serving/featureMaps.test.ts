import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { BatchItem } from '../../src/serving/batcher.js';
import { FeatureMaps, type FeatureMapsDeps } from '../../src/serving/explanation/featureMaps.js';
import type { StoredVersion } from '../../src/serving/loadedVersions.js';

const versionOn = (id: string): StoredVersion => ({ manifest: { backbone: { id } } }) as StoredVersion;
const { signal } = new AbortController();
const pixels = new Uint8Array(3);

function createMaps(idleMs: number) {
  const events: string[] = [];
  let fails = false;
  const deps = {
    registry: {
      holdFeatureMap: async ({ manifest }: StoredVersion) => {
        if (fails) throw new Error('no memory');
        events.push(`hold ${manifest.backbone.id}`);
        return async () => void events.push(`release ${manifest.backbone.id}`);
      },
    },
    batcher: { submit: async ({ backboneId }: BatchItem) => ({ embedding: backboneId }) },
    idleMs,
  };
  const maps = new FeatureMaps(deps as unknown as FeatureMapsDeps);
  return { maps, events, setFailing: (failing: boolean) => void (fails = failing) };
}

describe('the backbones that feature maps are made with', () => {
  it('are loaded once for all that ask, and asked under the name that the engine knows', async () => {
    const { maps, events } = createMaps(60_000);
    const all = await Promise.all([1, 2, 3].map(() => maps.of(versionOn('a'), pixels, signal)));
    assert.deepEqual([all[0], events], ['a.feature-map', ['hold a']]);
  });

  it('are let go when nobody has asked for a while, and loaded again', async () => {
    const { maps, events } = createMaps(1);
    await maps.of(versionOn('a'), pixels, signal);
    while (events.length < 2) await setTimeout(1);
    await maps.of(versionOn('a'), pixels, signal);
    assert.deepEqual(events.slice(0, 3), ['hold a', 'release a', 'hold a']);
  });

  it('are kept one at a time', async () => {
    const { maps, events } = createMaps(60_000);
    await maps.of(versionOn('a'), pixels, signal);
    await maps.of(versionOn('b'), pixels, signal);
    await setTimeout(1);
    assert.deepEqual(events, ['hold a', 'hold b', 'release a']);
  });

  it('are tried again after a failure', async () => {
    const { maps, events, setFailing } = createMaps(60_000);
    setFailing(true);
    await assert.rejects(maps.of(versionOn('a'), pixels, signal), /no memory/);
    setFailing(false);
    await maps.of(versionOn('a'), pixels, signal);
    assert.deepEqual(events, ['hold a']);
  });
});
