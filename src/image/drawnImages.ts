// Images that are drawn, for trying a model where there are no others.

/** Two images unlike each other, uint8 of `values` values each: a gradient and noise. The same in every run. */
export function drawImages(values: number): readonly [Uint8Array, Uint8Array] {
  const gradient = Uint8Array.from({ length: values }, (_, i) => (i * 255) / values);
  const noise = Uint8Array.from({ length: values }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  return [gradient, noise];
}

/**
 * Images of nothing, RGB of height × width × 3 bytes each: one colour, a gradient, noise, stripes, squares and clouds, three of each. The same in
 * every run. Each is drawn when it is asked for, in some 10 ms: the caller's thread may have requests to answer between them.
 */
export function* drawBlanks({
  width,
  height,
}: {
  readonly width: number;
  readonly height: number;
}): Generator<Uint8Array> {
  const colours = [
    [0, 128, 0],
    [244, 244, 244],
    [178, 34, 60],
    [20, 24, 60],
  ] as const;
  const draw = (value: (x: number, y: number, channel: number) => number): Uint8Array => {
    const pixels = new Uint8Array(width * height * 3);
    for (let row = 0, at = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let channel = 0; channel < 3; channel++) pixels[at++] = value(column / width, row / height, channel);
    return pixels;
  };
  for (const kind of [0, 1, 2]) {
    const [one, other] = [colours[kind]!, colours[kind + 1]!];
    const mix = (share: number, channel: number): number => one[channel]! + share * (other[channel]! - one[channel]!);
    const cells = 4 + 5 * kind;
    const isOdd = (x: number, y: number): number => (Math.floor(x * cells) + Math.floor(y * cells)) % 2;
    let seed = kind + 1;
    const noise = (): number => (seed = Math.imul(seed, 0x915f77f5) + 1) >>> 24;
    yield draw((_x, _y, channel) => one[channel]!);
    yield draw((x, y, channel) => mix(kind === 0 ? x : kind === 1 ? y : (x + y) / 2, channel));
    yield draw(() => noise());
    yield draw((x, y, channel) => mix(kind === 1 ? isOdd(0, y) : isOdd(x, 0), channel));
    yield draw((x, y, channel) => mix(isOdd(x, y), channel));
    yield draw((x, y, channel) =>
      mix(0.5 + 0.25 * (Math.sin(cells * x + kind) + Math.cos(cells * y - channel)), channel),
    );
  }
}
