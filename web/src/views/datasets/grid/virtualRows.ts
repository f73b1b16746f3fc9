// Rows that are only there while they are in sight: TanStack's virtualizer as a hook.
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

export interface VirtualRowsOptions {
  readonly count: number;
  /** CSS pixels, each the same. */
  readonly rowHeight: number;
  readonly scroller: () => HTMLElement | null;
}

export interface VirtualRows {
  readonly rows: readonly VirtualItem[];
  /** CSS pixels of all rows. */
  readonly height: number;
  readonly showRow: (row: number) => void;
}

/** Rows rendered outside of what is in sight, above and below. */
const overscan = 3;

export function useVirtualRows({ count, rowHeight, scroller }: VirtualRowsOptions): VirtualRows {
  const [, rerender] = useReducer((round: number) => round + 1, 0);
  const options = {
    count,
    estimateSize: () => rowHeight,
    getScrollElement: scroller,
    overscan,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => rerender(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, Element>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [rowHeight]);
  return {
    rows: virtualizer.getVirtualItems(),
    height: virtualizer.getTotalSize(),
    showRow: (row) => virtualizer.scrollToIndex(row, { align: 'auto' }),
  };
}
