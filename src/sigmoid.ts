// Logits → probabilities that do not exclude one another, and their loss.

/** 1 / (1 + e^-x) of one logit, without overflow. */
export const sigmoid = (logit: number): number => {
  const small = Math.exp(-Math.abs(logit));
  return logit >= 0 ? 1 / (1 + small) : small / (1 + small);
};

/** Binary cross-entropy of sigmoid(logit) where `target` is what it is to be, 0 to 1; natural logarithm, finite for any finite logit. */
export const binaryCrossEntropy = (logit: number, target: number): number =>
  Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
