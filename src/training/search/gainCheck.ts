// Whether the best trial of a search is better than the settings of the request, or was only lucky with the images that chose it.
import pMap from 'p-map';
import { z } from 'zod';
import type { Hyperparameters } from '../fit/hyperparameters.js';
import { bestOf, type Trial } from './search.js';

/** So many standard errors a gain must be, or the settings of the request stay: see docs/retraining.md for what was tried. */
const errorsNeeded = 1;

export const gainCheckSchema = z
  .object({
    trial: z.int().meta({ description: 'The one of the lowest loss' }),
    gain: z.number().nullable().meta({
      description:
        'How much lower its loss is than that of the settings of the request; null: a fit failed, or there are too few images',
    }),
    standardError: z.number().nullable().meta({ description: 'Of `gain`, over images; near duplicates count as one' }),
    isTaken: z.boolean().meta({
      description: `Whether the gain is more than ${errorsNeeded} standard error, so that the head has its settings`,
    }),
  })
  .meta({
    id: 'SearchCheck',
    description:
      'The best trial beside the settings of the request, both fitted anew on divisions of the images that had no say in the search',
  });
export type GainCheck = z.infer<typeof gainCheckSchema>;

export interface MeasuredGain {
  readonly gain: number;
  readonly standardError: number;
}

/**
 * Mean of `before` less `after`, which are losses of the same images, NaN where an image was not measured. The standard error is
 * that of images drawn by the group (Liang and Zeger 1986, "Longitudinal data analysis using generalized linear models"): `groups` has the same number for near duplicates.
 * undefined: fewer than two groups were measured.
 */
export function measureGain(before: Float64Array, after: Float64Array, groups: Uint32Array): MeasuredGain | undefined {
  const measured = [...before.keys()].filter((row) => !Number.isNaN(before[row]! - after[row]!));
  const gains = measured.map((row) => before[row]! - after[row]!);
  const gain = gains.reduce((sum, one) => sum + one, 0) / gains.length;
  const byGroup = new Map<number, number>();
  measured.forEach((row, i) => {
    const group = groups[row]!;
    byGroup.set(group, (byGroup.get(group) ?? 0) + gains[i]! - gain);
  });
  if (byGroup.size < 2) return undefined;
  const squares = [...byGroup.values()].reduce((sum, one) => sum + one * one, 0);
  const variance = (squares / gains.length ** 2) * (byGroup.size / (byGroup.size - 1));
  return { gain, standardError: Math.sqrt(variance) };
}

/**
 * The trial whose settings the head is to have, and what decided it: the one standard error rule of Breiman et al. 1984, section 3.4.3, with the
 * difference's own error, for both saw the same images. `losses`: of each row, by heads that had not learnt from it, on divisions that are not those
 * of the search; undefined where a fit diverged. Called twice, `parallel` at a time.
 */
export async function checkGain(
  trials: readonly Trial[],
  groups: Uint32Array,
  parallel: number,
  losses: (hyperparameters: Hyperparameters) => Promise<Float64Array | undefined>,
): Promise<{ readonly taken: Trial; readonly check: GainCheck | null }> {
  const [first] = trials as [Trial];
  const best = bestOf(trials);
  if (best === first) return { taken: first, check: null };
  const [before, after] = await pMap([first, best], ({ hyperparameters }) => losses(hyperparameters), {
    concurrency: parallel,
  });
  const measured = before && after && measureGain(before, after, groups);
  // Settings of the request that cannot be fitted are worse than any that can.
  const isTaken = measured ? measured.gain > errorsNeeded * measured.standardError : !before && after !== undefined;
  const { gain, standardError } = measured ?? { gain: null, standardError: null };
  return { taken: isTaken ? best : first, check: { trial: best.number, gain, standardError, isTaken } };
}
