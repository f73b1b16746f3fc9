// How much the taught images have to say of classes that a version was trained on: what explains images best that were left out.

/** Probability of the right class of one image: as the trained head gives it, and as the taught images do without this one. */
export interface Opinion {
  readonly head: number;
  readonly taught: number;
}

const candidates = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** 0 to 0.9: the share of the taught images in a mixture of the two that is most likely; 0 of none. */
export function chooseTrust(opinions: readonly Opinion[]): number {
  const likelihoods = candidates.map((trust) =>
    opinions.reduce((sum, { head, taught }) => sum + Math.log((1 - trust) * head + trust * taught + 1e-6), 0),
  );
  return candidates[likelihoods.indexOf(Math.max(...likelihoods))]!;
}
