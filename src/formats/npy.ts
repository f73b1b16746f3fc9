// NumPy's file of one array, version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/** float32 [rows, columns], little-endian, as numpy.load reads it. */
export function writeNpy(rows: ReadonlyArray<ArrayLike<number>>, columns: number): Buffer {
  const facts = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${columns}), }`;
  // The magic and the length take 10 bytes, the header ends with a line feed, and the data begin at a multiple of 64.
  const length = Math.ceil((10 + facts.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10);
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  const data = Buffer.alloc(4 * rows.length * columns);
  rows.forEach((row, r) => {
    for (let c = 0; c < columns; c++) data.writeFloatLE(row[c]!, 4 * (r * columns + c));
  });
  return Buffer.concat([header, Buffer.from(`${facts.padEnd(length - 1)}\n`, 'latin1'), data]);
}
