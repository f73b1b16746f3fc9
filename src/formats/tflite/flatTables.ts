// FlatBuffers written table by table: a table is a list of fields, each at the slot that its schema gives it.
import { Builder } from 'flatbuffers';

/** Something that stands at a place of its own in the file; writes it there and gives the place. */
export type Placed = (builder: Builder) => number;

type Scalar = 'int8' | 'uint8' | 'int32' | 'uint32' | 'float32';

/** A field of a table: its slot and value. */
export type Field =
  | { readonly slot: number; readonly type: Scalar; readonly value: number }
  | { readonly slot: number; readonly type: 'placed'; readonly value: Placed };

export const scalar = (slot: number, type: Scalar, value: number): Field => ({ slot, type, value });
export const placed = (slot: number, value: Placed): Field => ({ slot, type: 'placed', value });

/** Without a default to leave out: every field is written, whatever its schema's default is. */
function addScalar(builder: Builder, slot: number, type: Scalar, value: number): void {
  if (type === 'float32') builder.addFieldFloat32(slot, value, null);
  else if (type === 'int32' || type === 'uint32') builder.addFieldInt32(slot, value | 0, null);
  else builder.addFieldInt8(slot, (value << 24) >> 24, null);
}

/** A table with these fields, at most one for each slot. */
export const table =
  (fields: readonly Field[]): Placed =>
  (builder) => {
    // What a table refers to must be written before the table begins.
    const places = fields.map((field) => (field.type === 'placed' ? field.value(builder) : 0));
    builder.startObject(Math.max(-1, ...fields.map(({ slot }) => slot)) + 1);
    for (const [i, field] of fields.entries()) {
      if (field.type === 'placed') builder.addFieldOffset(field.slot, places[i]!, 0);
      else addScalar(builder, field.slot, field.type, field.value);
    }
    return builder.endObject();
  };

export const text =
  (value: string): Placed =>
  (builder) =>
    builder.createString(value);

/** A list of things that stand elsewhere. */
export const list =
  (items: readonly Placed[]): Placed =>
  (builder) => {
    const places = items.map((item) => item(builder));
    builder.startVector(4, places.length, 4);
    for (const place of places.toReversed()) builder.addOffset(place);
    return builder.endVector();
  };

export const int32s =
  (values: readonly number[]): Placed =>
  (builder) => {
    builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) builder.addInt32(value);
    return builder.endVector();
  };

export const int64s =
  (values: readonly number[]): Placed =>
  (builder) => {
    builder.startVector(8, values.length, 8);
    for (const value of values.toReversed()) builder.addInt64(BigInt(value));
    return builder.endVector();
  };

export const float32s =
  (values: ArrayLike<number>): Placed =>
  (builder) => {
    builder.startVector(4, values.length, 4);
    for (let i = values.length - 1; i >= 0; i--) builder.addFloat32(values[i]!);
    return builder.endVector();
  };

/** Where weights begin: vector instructions want them so, and readers that map the file use them where they are. */
const alignment = 16;

export const bytes =
  (values: Uint8Array): Placed =>
  (builder) => {
    builder.prep(alignment, values.length);
    return builder.createByteVector(values);
  };

/** The file whose root is `root`, marked with the four letters of `identifier`. `expectedBytes`: about its size, which saves copying. */
export function encodeFlat(root: Placed, identifier: string, expectedBytes = 1024): Uint8Array {
  const builder = new Builder(expectedBytes);
  builder.finish(root(builder), identifier);
  return builder.asUint8Array();
}
