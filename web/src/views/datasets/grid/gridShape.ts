// How many photos stand beside each other, and how large.
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

export interface GridShape {
  readonly columns: number;
  /** CSS pixels of a photo's square. */
  readonly side: number;
  /** CSS pixels of a row with its caption and the gap below. */
  readonly rowHeight: number;
}

export const gap = 8;
export const captionHeight = 24;
const wantedSide = 150;
const fewestColumns = 3;

export function gridShapeOf(width: number): GridShape {
  const columns = Math.max(fewestColumns, Math.floor((width + gap) / (wantedSide + gap)));
  const side = Math.max(40, Math.floor((width - gap * (columns - 1)) / columns));
  return { columns, side, rowHeight: side + captionHeight + gap };
}

/** Follows the element's width. */
export function useGridShape(element: RefObject<HTMLElement | null>): GridShape {
  const [shape, setShape] = useState(() => gridShapeOf(600));
  useLayoutEffect(() => {
    const measure = (): void => setShape(gridShapeOf(element.current!.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return shape;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Places of the photos that a rectangle touches, in their order. */
export function placesIn(box: Box, { columns, side, rowHeight }: GridShape, count: number): number[] {
  const places: number[] = [];
  const firstRow = Math.max(0, Math.floor(box.top / rowHeight));
  for (let row = firstRow; row * rowHeight <= box.bottom && row * columns < count; row++) {
    if (box.top > row * rowHeight + side + captionHeight) continue;
    for (let column = 0; column < columns && row * columns + column < count; column++) {
      const left = column * (side + gap);
      if (left <= box.right && left + side >= box.left) places.push(row * columns + column);
    }
  }
  return places;
}
