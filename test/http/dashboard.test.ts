// The Grafana dashboard and the alert rules ask for metrics by name: each must exist.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { parse } from 'yaml';
import { Metrics } from '../../src/http/metrics.js';

function knownMetrics(): Set<string> {
  const metrics = new Metrics({ maxClasses: 10 });
  const engine = {
    engine: 'tfjs',
    device: 'cuda',
    deviceName: 'card',
    libraries: {},
    threads: 1,
    precisions: ['fp32'],
    deviceMemoryBytes: 2 ** 30,
  } as const;
  metrics.watch({
    engine,
    queueDepth: () => 0,
    admission: { refused: 0, promisedMs: 0 },
    countActiveTrainings: async () => ({ queued: 0, running: 0 }),
    whyNotReady: () => undefined,
    requestTimeoutMs: 1,
    directories: {},
  });
  return new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
}

const known = knownMetrics();
const namesIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\b((?:taxon|process|nodejs|http_server)_\w+?)(?:_bucket|_sum|_count)?\b(?=[\s[{")]|$)/g)].map(
      ([, name]) => name!,
    ),
  ),
];

it('every metric of the Grafana dashboard is one that the server has', async () => {
  const dashboard = JSON.parse(await readFile('ops/grafana/taxon.json', 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const asked = namesIn(dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join(' '));
  assert.ok(asked.length >= 16, asked.join());
  assert.deepEqual(
    asked.filter((name) => !known.has(name)),
    [],
  );
  assert.ok(known.has('taxon_engine_device_memory_bytes'));
});

interface Rules {
  readonly groups: { readonly rules: { readonly alert: string; readonly expr: string }[] }[];
}
interface RuleTests {
  readonly tests: { readonly alert_rule_test: { readonly alertname: string; readonly exp_alerts: unknown[] }[] }[];
}

it('every metric of the alert rules is one that the server has, and every rule is tested to fire and to keep quiet', async () => {
  const { groups } = parse(await readFile('ops/alerts.yml', 'utf8')) as Rules;
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length >= 10);
  for (const { alert, expr } of rules)
    assert.ok(
      namesIn(expr).every((name) => known.has(name)),
      alert,
    );
  const { tests } = parse(await readFile('ops/alerts.test.yml', 'utf8')) as RuleTests;
  const tried = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert } of rules) {
    const firing = tried.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length > 0);
    assert.deepEqual(firing.sort(), [false, true], alert);
  }
});
