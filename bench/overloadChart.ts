// The overload bench as a chart: what is answered a second, and how long answers, refusals and health checks take.
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Step } from './overload.js';

/** An SVG document; `capacity` in answers a second. */
export async function drawOverload(steps: readonly Step[], capacity: number): Promise<string> {
  const values = steps.flatMap((step) => [
    { load: step.multiple, series: 'answered', perSecond: step.goodput },
    { load: step.multiple, series: 'asked for', perSecond: step.multiple * capacity },
  ]);
  const latencies = steps.flatMap((step) => [
    { load: step.multiple, series: 'answer', ms: step.answeredP99Ms },
    ...(step.refused > 0 ? [{ load: step.multiple, series: 'refusal', ms: step.refusedP99Ms }] : []),
    { load: step.multiple, series: 'health check', ms: step.healthP99Ms },
  ]);
  const x = {
    field: 'load',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'load in multiples of the capacity',
    axis: { values: steps.map(({ multiple }) => multiple) },
  } as const;
  const color = { field: 'series', type: 'nominal', title: null } as const;
  const spec: TopLevelSpec = {
    background: 'white',
    hconcat: [
      {
        width: 320,
        height: 240,
        data: { values },
        mark: { type: 'line', point: true, clip: true },
        encoding: {
          x,
          y: {
            field: 'perSecond',
            type: 'quantitative',
            title: 'images a second',
            scale: { domain: [0, 2 * capacity] },
          },
          color,
        },
      },
      {
        width: 320,
        height: 240,
        data: { values: latencies },
        mark: { type: 'line', point: true },
        encoding: { x, y: { field: 'ms', type: 'quantitative', title: 'p99 in ms', scale: { type: 'log' } }, color },
      },
    ],
    resolve: { scale: { color: 'independent' } },
  };
  return new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
