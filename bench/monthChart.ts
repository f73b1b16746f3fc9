// The month bench as a chart: accuracy on held-out images after each night, and the images that there were to learn from.
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** `accuracy` of the version that answers after the night, 0 to 1; `images` in the dataset; day 0 is the start. */
export interface Night {
  readonly day: number;
  readonly version: number;
  readonly accuracy: number;
  readonly images: number;
  readonly decision: string;
  readonly reason: string;
}

/** An SVG document. */
export async function drawMonth(nights: readonly Night[]): Promise<string> {
  const x = { field: 'day', type: 'quantitative', title: 'night' } as const;
  const values = nights.map(({ day, accuracy, images, decision }) => ({
    day,
    percent: 100 * accuracy,
    images,
    then: decision === 'activated' || day === 0 ? 'a new version' : 'the version before',
  }));
  const spec: TopLevelSpec = {
    background: 'white',
    data: { values },
    hconcat: [
      {
        width: 420,
        height: 240,
        layer: [
          {
            mark: { type: 'rule', strokeDash: [4, 4], color: '#777' },
            transform: [{ filter: 'datum.day === 0' }],
            encoding: { y: { field: 'percent', type: 'quantitative' } },
          },
          {
            mark: { type: 'line', interpolate: 'step-after' },
            encoding: {
              x,
              y: {
                field: 'percent',
                type: 'quantitative',
                title: 'accuracy on held-out images, %',
                scale: { zero: false },
              },
            },
          },
          {
            mark: { type: 'point', filled: true, size: 45 },
            encoding: {
              x,
              y: { field: 'percent', type: 'quantitative' },
              color: { field: 'then', type: 'nominal', title: null, sort: 'ascending' },
            },
          },
        ],
      },
      {
        width: 200,
        height: 240,
        mark: { type: 'area', interpolate: 'step-after', opacity: 0.6 },
        encoding: { x, y: { field: 'images', type: 'quantitative', title: 'images in the dataset' } },
      },
    ],
  };
  return new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
