// Images that are drawn, for trying a model where there are no others.

/** Two images unlike each other, uint8 of `values` values each: a gradient and noise. The same in every run. */
export function drawImages(values: number): readonly [Uint8Array, Uint8Array] {
  const gradient = Uint8Array.from({ length: values }, (_, i) => (i * 255) / values);
  const noise = Uint8Array.from({ length: values }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  return [gradient, noise];
}
