// Means of several draws.

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the mean. The draws overlap: it is what another choice of draws would change, not what another data set would. */
export const standardError = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length);

/** Shares as percent: mean ± standard error. */
export const format = (shares: readonly number[]): string =>
  `${(100 * mean(shares)).toFixed(1)}${shares.length > 1 ? ` ± ${(100 * standardError(shares)).toFixed(1)}` : ''}`;
