// The Grafana dashboard asks for metrics by name: each must exist.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { Metrics } from '../../src/http/metrics.js';

it('every metric of the Grafana dashboard is one that the server has', async () => {
  const metrics = new Metrics();
  const engine = {
    engine: 'tfjs',
    device: 'cuda',
    deviceName: 'card',
    libraries: {},
    threads: 1,
    deviceMemoryBytes: 2 ** 30,
  } as const;
  metrics.watch({ engine, queueDepth: () => 0, admission: { refused: 0, promisedMs: 0 } });
  const known = new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
  const dashboard = await readFile('ops/grafana/taxon.json', 'utf8');
  const asked = new Set(
    [...dashboard.matchAll(/\b((?:taxon|process|nodejs)_\w+?)(?:_bucket|_sum|_count)?\b(?=[\s[{")])/g)].map(
      ([, name]) => name!,
    ),
  );
  assert.ok(asked.size >= 8, [...asked].join());
  assert.deepEqual(
    [...asked].filter((name) => !known.has(name)),
    [],
  );
  assert.ok(known.has('taxon_engine_device_memory_bytes'));
});
