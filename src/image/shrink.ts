// Makes a decoded image smaller by a whole factor, by averaging blocks: what a JPEG decoder does on load, for decoders that cannot.

export interface Rows {
  /** 8-bit interleaved channels; row r begins at r × stride. */
  readonly rows: Uint8Array;
  readonly stride: number;
  /** Pixels of a block's side. */
  readonly factor: number;
}

export interface Target {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Adds the `factor` pixels right of each block's left edge, channel by channel. */
const addRow = (row: Uint8Array, factor: number, channels: number, sums: Uint32Array): void => {
  for (let out = 0, at = 0; out < sums.length; out += channels)
    for (let i = 0; i < factor; i += 1)
      for (let channel = 0; channel < channels; channel += 1, at += 1) sums[out + channel]! += row[at]!;
};

/** Writes the averages of factor × factor blocks of `source` into `pixels`, [height, width, channels]; rounds to nearest. */
export const shrinkRows = (
  { rows, stride, factor }: Rows,
  { width, height, channels }: Target,
  pixels: Uint8Array,
): void => {
  const sums = new Uint32Array(width * channels);
  const area = factor * factor;
  for (let y = 0; y < height; y += 1) {
    sums.fill(0);
    for (let i = 0; i < factor; i += 1) addRow(rows.subarray((y * factor + i) * stride), factor, channels, sums);
    for (let x = 0; x < sums.length; x += 1) pixels[y * sums.length + x] = (sums[x]! + (area >> 1)) / area;
  }
};
