// A map over the input of a network → the same over the upright image that the input was made from, as numbers or as a PNG.
import sharp from 'sharp';
import type { Geometry } from './decoder.js';
import { coverSize, type Size } from './resize.js';

/** Values of cells that divide a rectangle evenly, [rows, columns] in row-major order. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Of a rectangle in shares of the image's width and height; it may reach beyond the image. */
interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of an image of this size that the input of the network shows: see resizeTo. */
function shownOf(size: Size, geometry: Geometry): Rectangle {
  if (geometry.resize === 'stretch') return { left: 0, top: 0, width: 1, height: 1 };
  const drawn = geometry.resize === 'centre-crop' ? coverSize(size, geometry) : containSize(size, geometry);
  const [width, height] = [geometry.width / drawn.width, geometry.height / drawn.height];
  return { left: (1 - width) / 2, top: (1 - height) / 2, width, height };
}

/** The size of the whole image between the bars of a letterbox. */
function containSize(size: Size, geometry: Geometry): Size {
  const scale = Math.min(geometry.width / size.width, geometry.height / size.height);
  return { width: size.width * scale, height: size.height * scale };
}

/** Between the centres of the four cells around a place in [0, 1] × [0, 1]; beyond the outer centres, as there. */
function interpolate({ rows, columns, values }: Grid, x: number, y: number): number {
  const [left, right, alongX] = neighbours(x, columns);
  const [above, below, alongY] = neighbours(y, rows);
  const along = (row: number): number =>
    values[row * columns + left]! * (1 - alongX) + values[row * columns + right]! * alongX;
  return along(above) * (1 - alongY) + along(below) * alongY;
}

function neighbours(share: number, count: number): [first: number, second: number, between: number] {
  const place = Math.min(count - 1, Math.max(0, share * count - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(count - 1, first + 1), place - first];
}

/**
 * `map`, which lies over the input that `geometry` makes of an upright image of this size, over the image itself: its longer side
 * has `longSide` cells, the shorter as many as keep them square. Values below 0 count as 0, as does what the network was not
 * shown; the largest becomes 1, unless all are 0.
 */
export function drawOnImage(map: Grid, geometry: Geometry, size: Size, longSide: number): Grid {
  const scale = longSide / Math.max(size.width, size.height);
  const [columns, rows] = [size.width, size.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const shown = shownOf(size, geometry);
  const values = Float64Array.from({ length: rows * columns }, (_, cell) => {
    const x = (((cell % columns) + 0.5) / columns - shown.left) / shown.width;
    const y = ((Math.floor(cell / columns) + 0.5) / rows - shown.top) / shown.height;
    const isShown = x >= 0 && x <= 1 && y >= 0 && y <= 1;
    return isShown ? Math.max(0, interpolate(map, x, y)) : 0;
  });
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return { rows, columns, values: largest === 0 ? values : values.map((value) => value / largest) };
}

/** A PNG of one pixel a cell, white and the more opaque the larger the value, from 0 to 1: to be laid over the image. */
export function toPng({ rows, columns, values }: Grid): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: 2 * values.length }, (_, i) =>
    i % 2 === 0 ? 255 : Math.round(values[(i - 1) / 2]! * 255),
  );
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 2 } })
    .png()
    .toBuffer();
}
