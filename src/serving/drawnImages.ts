// Images that are drawn, for trying a model where there are no others.

/** Two images unlike each other, uint8 of `values` values each: a gradient and noise. The same in every run. */
export function drawImages(values: number): readonly [Uint8Array, Uint8Array] {
  const gradient = Uint8Array.from({ length: values }, (_, i) => (i * 255) / values);
  const noise = Uint8Array.from({ length: values }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  return [gradient, noise];
}

/**
 * Images of nothing, RGB of height × width × 3 bytes each: one colour, a gradient, noise, stripes, squares and clouds, three of each. The same in every run.
 */
export function drawBlanks({ width, height }: { readonly width: number; readonly height: number }): Uint8Array[] {
  const colours = [
    [0, 128, 0],
    [244, 244, 244],
    [178, 34, 60],
    [20, 24, 60],
  ] as const;
  const draw = (value: (x: number, y: number, channel: number) => number): Uint8Array =>
    Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return value((pixel % width) / width, Math.floor(pixel / width) / height, i % 3);
    });
  return [0, 1, 2].flatMap((kind) => {
    const [one, other] = [colours[kind]!, colours[kind + 1]!];
    const mix = (share: number, channel: number): number => one[channel]! + share * (other[channel]! - one[channel]!);
    const cells = 4 + 5 * kind;
    const isOdd = (...places: number[]): number =>
      places.reduce((sum, place) => sum + Math.floor(place * cells), 0) % 2;
    let seed = kind + 1;
    const noise = (): number => (seed = Math.imul(seed, 0x915f77f5) + 1) >>> 24;
    return [
      draw((_x, _y, channel) => one[channel]!),
      draw((x, y, channel) => mix(kind === 0 ? x : kind === 1 ? y : (x + y) / 2, channel)),
      draw(() => noise()),
      draw((x, y, channel) => mix(isOdd(kind === 1 ? y : x), channel)),
      draw((x, y, channel) => mix(isOdd(x, y), channel)),
      draw((x, y, channel) => mix(0.5 + 0.25 * (Math.sin(cells * x + kind) + Math.cos(cells * y - channel)), channel)),
    ];
  });
}
