// Thousands of photos as a list box in rows: only what is in sight is there.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { percent } from '../../../components/bars.js';
import { ServerImage } from '../../../components/serverImage.js';
import { strings } from '../../../strings/index.js';
import type { ShownList, ShownPhoto } from '../photos/stacks.js';
import {
  moveCursor,
  noSelection,
  selectOnly,
  selectRange,
  selectThese,
  toggle,
  type Selection,
} from '../photos/selection.js';
import { gap, placesIn, useGridShape } from './gridShape.js';
import { indexUnder, usePointer } from './pointer.js';
import { useVirtualRows } from './virtualRows.js';
import './photoGrid.css';

const texts = strings.datasets;

export interface PhotoGridProps {
  readonly dataset: string;
  readonly list: ShownList;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  /** A photo is to be seen in full size. */
  readonly onOpen: (index: number) => void;
  /** A stack is to be unfolded, or folded. */
  readonly onFold: (index: number) => void;
}

export function PhotoGrid({ dataset, list, selection, onSelect, onOpen, onFold }: PhotoGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const shape = useGridShape(scroller);
  const { columns, side, rowHeight } = shape;
  const photos = list.photos.value;
  const count = list.count.value;
  const { rows, height, showRow } = useVirtualRows({
    count: Math.ceil(count / columns),
    rowHeight,
    scroller: () => scroller.current,
  });
  const idAt = (index: number): number | undefined => photos[index]?.id;
  const last = ((rows.at(-1)?.index ?? 0) + 1) * columns;
  // Again when some have come: in stacks, they may have filled fewer places than they are.
  useLayoutEffect(() => list.need(last), [list, last, photos.length]);
  const boxBase = useRef(noSelection);

  const pointer = usePointer(scroller, {
    onPick: (index, { shift, ctrl, touch }) => {
      if (shift) onSelect(selectRange(selection, index, idAt, { add: ctrl }));
      else if (ctrl || touch) onSelect(toggle(selection, index, idAt));
      else onSelect(selectOnly(index, idAt));
    },
    onBox: (box, { ctrl, isFirst }) => {
      if (isFirst) boxBase.current = ctrl ? selection : noSelection;
      onSelect(selectThese(boxBase.current, placesIn(box, shape, count), idAt, { add: ctrl }));
    },
    onNothing: () => onSelect({ ...selection, ids: new Set() }),
  });

  const select = (next: Selection): void => {
    onSelect(next);
    showRow(Math.floor(next.cursor / columns));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key, shiftKey } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    const rowsInSight = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight));
    const target = moveCursor(key, selection.cursor, { count, columns, rowsInSight });
    if (target !== undefined) {
      list.need(target);
      if (shiftKey) select(selectRange(selection, target, idAt, { add: ctrl }));
      else select(ctrl ? { ...selection, cursor: target, anchor: target } : selectOnly(target, idAt));
    } else if (key === ' ') onSelect(toggle(selection, selection.cursor, idAt));
    else if (key === 'Escape') onSelect({ ...selection, ids: new Set() });
    else if (key === 'Enter') onOpen(selection.cursor);
    else if (ctrl && key.toLowerCase() === 'a')
      void list.loadAll().then(() => onSelect({ ...selection, ids: new Set(list.photos.value.map(({ id }) => id)) }));
    else return;
    event.preventDefault();
  };

  const { box, ...handlers } = pointer;
  return (
    <div
      ref={scroller}
      class="photo-grid"
      role="listbox"
      tabIndex={0}
      aria-multiselectable
      aria-label={texts.grid(count)}
      aria-activedescendant={photos[selection.cursor] && `photo-${selection.cursor}`}
      onKeyDown={onKeyDown}
      onDblClick={(event) => {
        const index = indexUnder(event);
        if (index !== undefined && !isOnStackMark(event)) onOpen(index);
      }}
      {...handlers}
      onPointerDown={(event) => {
        if (!isOnStackMark(event)) handlers.onPointerDown(event);
      }}
      onClick={(event) => {
        const index = indexUnder(event);
        if (index !== undefined && isOnStackMark(event)) onFold(index);
        else handlers.onClick(event);
      }}
    >
      <div class="photo-rows" role="presentation" style={{ height: `${height}px` }}>
        {rows.map(({ index: row, start }) => (
          <div
            key={row}
            class="photo-row"
            role="presentation"
            style={{ transform: `translateY(${start}px)`, gap: `${gap}px` }}
          >
            {Array.from({ length: Math.min(columns, count - row * columns) }, (_, column) => {
              const index = row * columns + column;
              const photo = photos[index];
              return (
                <Cell
                  key={photo?.id ?? `at-${index}`}
                  dataset={dataset}
                  photo={photo}
                  index={index}
                  count={count}
                  side={side}
                  isSelected={photo !== undefined && selection.ids.has(photo.id)}
                  isCursor={index === selection.cursor}
                />
              );
            })}
          </div>
        ))}
        {box && (
          <div
            class="photo-box"
            role="presentation"
            style={{
              transform: `translate(${box.left}px, ${box.top}px)`,
              width: `${box.right - box.left}px`,
              height: `${box.bottom - box.top}px`,
            }}
          />
        )}
      </div>
    </div>
  );
}

interface CellProps {
  readonly dataset: string;
  /** undefined: has yet to be loaded. */
  readonly photo: ShownPhoto | undefined;
  readonly index: number;
  readonly count: number;
  readonly side: number;
  readonly isSelected: boolean;
  readonly isCursor: boolean;
}

/** CSS pixels that the photos below show of themselves. */
const stackEdge = 8;

function Cell({ dataset, photo, index, count, side, isSelected, isCursor }: CellProps) {
  const stack = photo?.stack;
  const note = photo && noteOn(photo);
  const names = [
    'photo-cell',
    isSelected && 'is-selected',
    isCursor && 'is-cursor',
    isOdd(photo?.group) && stack?.isOpen !== false && 'is-odd',
    stack?.isOpen === false && 'is-stack',
    photo?.isUnfolded && 'is-unfolded',
  ];
  return (
    <div
      id={`photo-${index}`}
      class={names.filter(Boolean).join(' ')}
      role="option"
      aria-selected={isSelected}
      aria-setsize={count}
      aria-posinset={index + 1}
      aria-label={photo && describe(photo)}
      data-index={index}
      style={{ width: `${side}px` }}
    >
      <div class="photo-square" style={{ height: `${stack?.isOpen === false ? side - stackEdge : side}px` }}>
        {photo && <ServerImage dataset={dataset} id={photo.id} size="thumbnail" alt="" />}
        {note !== undefined && <span class="photo-says" data-says={note} aria-hidden="true" />}
      </div>
      {stack && <span class="stack-mark" data-stack={stack.count} data-open={stack.isOpen} aria-hidden="true" />}
      <div class="photo-caption">{photo && captionOf(photo)}</div>
    </div>
  );
}

const captionOf = ({ labels }: ShownPhoto): string => labels.join(', ') || texts.noLabels;

const isOdd = (group: number | undefined): boolean => group !== undefined && group % 2 === 1;

const isOnStackMark = (event: Event): boolean => (event.target as Element).closest('[data-stack]') !== null;

/** What is wrong with the label, perhaps. */
function noteOn({ labels, predicted, isContradicted }: ShownPhoto): string | undefined {
  if (isContradicted === true) return texts.severalLabels;
  return predicted === undefined || labels.includes(predicted.label)
    ? undefined
    : texts.says(predicted.label, percent(predicted.probability));
}

const describe = (photo: ShownPhoto): string => {
  const { split, fileName, group, stack } = photo;
  const parts = [
    texts.cell(captionOf(photo), texts.splits[split], fileName ?? ''),
    noteOn(photo),
    group !== undefined && texts.group(group),
    stack && texts.stack(stack.count, stack.isOpen),
  ];
  return parts.filter((part) => typeof part === 'string').join(', ');
};
