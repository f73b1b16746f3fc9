// The straight line through measurements.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly slope: number;
  /** Of the slope, in the same unit: what neighbouring measurements share is taken into account. */
  readonly standardError: number;
}

/**
 * Ordinary least squares. Memory moves slowly, so its residuals are not independent: the standard error is that of independent ones times
 * √((1 + r) / (1 − r)), with r their correlation from one measurement to the next (Bartlett 1946, for a first-order process).
 */
export function fitLine(points: readonly Point[]): Line {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residuals = points.map(({ x, y }) => y - meanY - slope * (x - meanX));
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const neighbours = residuals.slice(1).reduce((sum, residual, i) => sum + residual * residuals[i]!, 0);
  const r = squares === 0 ? 0 : Math.min(0.99, Math.max(0, neighbours / squares));
  return { slope, standardError: Math.sqrt((squares / Math.max(1, points.length - 2) / spread) * ((1 + r) / (1 - r))) };
}
