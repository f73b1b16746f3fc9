// What speaks for a backbone in a lower precision before a new version of it has been measured: that others have passed the gate in it.
import type { EngineName } from '../engines/engine.js';
import type { Manifest } from '../models/manifest.js';
import { describeCheck, isGoodEnough, precisionChecksOf, type PrecisionCheck } from './precisionChecks.js';

/** A version with a check that it has passed. */
export interface Voucher {
  readonly name: string;
  readonly version: number;
  readonly check: PrecisionCheck;
}

/**
 * Fewer images say too little of a backbone. Where one of 100 differs, as the gate allows, fewer than 4.7 in 100 would (the upper end of
 * the one-sided 95 % interval of Clopper and Pearson 1934): what is broken is found out here, what loses a little by the new version's own check.
 */
const leastVouchingImages = 100;

/**
 * Of the versions that were measured with `backbone` (see loadedIdOf) on the engine, the one that has passed on the most images.
 * undefined: there is none of enough images, or one of them has not passed.
 */
export function findVoucher(
  manifests: ReadonlyArray<Pick<Manifest, 'name' | 'version' | 'metrics'>>,
  engine: EngineName,
  backbone: string,
): Voucher | undefined {
  const measured = manifests.flatMap(({ name, version, metrics }) =>
    precisionChecksOf({ metrics })
      .filter((check) => check.engine === engine && check.backbone === backbone)
      .map((check): Voucher => ({ name, version, check })),
  );
  if (!measured.every(({ check }) => isGoodEnough(check))) return undefined;
  const [most] = measured.sort((a, b) => b.check.images - a.check.images);
  return most !== undefined && most.check.images >= leastVouchingImages ? most : undefined;
}

/** In a sentence, for people. */
export const describeVoucher = ({ name, version, check }: Voucher): string =>
  `of ${name}/${version}, on the same backbone, ${describeCheck(check)}`;
