// Axes of tensors and the order they are stored in.

/** `items` taken in this order. */
export const permute = <Item>(items: readonly Item[], order: readonly number[]): Item[] =>
  order.map((from) => items[from]!);

/** How many elements lie between two neighbours along each axis. */
export function strideSizes(shape: readonly number[]): number[] {
  const sizes = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) sizes[axis] = sizes[axis + 1]! * shape[axis + 1]!;
  return sizes;
}

/** An axis counted from the front. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
