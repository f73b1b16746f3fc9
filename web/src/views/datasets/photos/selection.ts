// Which photos are chosen, as file managers do it: a cursor, an anchor from which a range reaches, and a set of ids.

export interface Selection {
  readonly ids: ReadonlySet<number>;
  /** Place of the photo that keys act from. */
  readonly cursor: number;
  /** Where a range begins. */
  readonly anchor: number;
}

export const noSelection: Selection = { ids: new Set(), cursor: 0, anchor: 0 };

/** The id of the photo at a place; undefined where none has been loaded. */
export type IdAt = (index: number) => number | undefined;

export function selectOnly(index: number, idAt: IdAt): Selection {
  return { ids: idsBetween(index, index, idAt), cursor: index, anchor: index };
}

export function toggle({ ids }: Selection, index: number, idAt: IdAt): Selection {
  const id = idAt(index);
  const next = new Set(ids);
  if (id !== undefined && !next.delete(id)) next.add(id);
  return { ids: next, cursor: index, anchor: index };
}

/** From the anchor to `index`, in place of what was chosen or beside it. */
export function selectRange(before: Selection, index: number, idAt: IdAt, { add = false } = {}): Selection {
  const range = idsBetween(before.anchor, index, idAt);
  return { ids: add ? new Set([...before.ids, ...range]) : range, cursor: index, anchor: before.anchor };
}

/** Those at `indexes`, in place of what was chosen or beside it. */
export function selectThese(
  before: Selection,
  indexes: readonly number[],
  idAt: IdAt,
  { add = false } = {},
): Selection {
  const these = indexes.map(idAt).filter((id) => id !== undefined);
  const last = indexes.at(-1);
  return {
    ids: new Set(add ? [...before.ids, ...these] : these),
    cursor: last ?? before.cursor,
    anchor: indexes[0] ?? before.anchor,
  };
}

function idsBetween(one: number, other: number, idAt: IdAt): ReadonlySet<number> {
  const ids = new Set<number>();
  for (let index = Math.min(one, other); index <= Math.max(one, other); index++) {
    const id = idAt(index);
    if (id !== undefined) ids.add(id);
  }
  return ids;
}

const steps: Readonly<Record<string, (columns: number, rowsInSight: number) => number>> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
  PageUp: (columns, rows) => -columns * rows,
  PageDown: (columns, rows) => columns * rows,
  Home: () => -Infinity,
  End: () => Infinity,
};

export interface GridShape {
  /** Photos. */
  readonly count: number;
  readonly columns: number;
  readonly rowsInSight: number;
}

/** Where a key takes the cursor; undefined for a key that moves nothing. */
export function moveCursor(
  key: string,
  cursor: number,
  { count, columns, rowsInSight }: GridShape,
): number | undefined {
  const step = steps[key]?.(columns, rowsInSight);
  if (step === undefined) return undefined;
  const target = Math.min(count - 1, Math.max(0, cursor + step));
  // Up from the first row and down from the last one stay in their column.
  const staysInRow = Math.abs(step) === columns && Math.floor(target / columns) === Math.floor(cursor / columns);
  return staysInRow && columns > 1 ? cursor : target;
}
