// The peers bench as a chart: images a second by requests in flight, and the latency of one.
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Measurement } from './peers/measure.js';

export interface MeasuredPeer {
  readonly title: string;
  readonly isTaxon: boolean;
  readonly measurement: Measurement;
}

/** An SVG document; the sides stand in the given order. `level`: requests in flight that images a second are shown at. */
export async function drawPeers(sides: readonly MeasuredPeer[], level: number): Promise<string> {
  const values = sides.map(({ title, isTaxon, measurement: { loads } }) => ({
    title,
    side: isTaxon ? 'Taxon' : 'others',
    perSecond: loads.get(level)!.perSecond,
    p50Ms: loads.get(1)!.p50Ms,
  }));
  const y = { field: 'title', type: 'nominal', sort: null, title: null, axis: { labelLimit: 300 } } as const;
  const color = { field: 'side', type: 'nominal', title: null, scale: { domain: ['Taxon', 'others'] } } as const;
  const bars = (field: 'perSecond' | 'p50Ms', title: string) =>
    ({
      width: 320,
      mark: 'bar',
      encoding: { x: { field, type: 'quantitative', title }, y, color },
    }) as const;
  const spec: TopLevelSpec = {
    background: 'white',
    data: { values },
    hconcat: [bars('perSecond', `images a second, ${level} in flight`), bars('p50Ms', 'p50 in ms, one in flight')],
  };
  return new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
