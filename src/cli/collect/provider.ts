// Where images are searched for.
import type { Attribution } from '../../data/datasets/attribution.js';
import type { LicenseCode } from './licenses.js';

export interface FoundImage {
  /** Of the provider's own, the same whenever it is found. */
  readonly id: string;
  /** Of the file, large enough for a classifier. */
  readonly url: string;
  /** Undefined: under another license, or none that could be told. */
  readonly license: LicenseCode | undefined;
  readonly attribution: Attribution;
}

export interface ImageProvider {
  readonly name: string;
  /** How many images there are of `term`, whether or not that many can be had. Throws what Web throws. */
  count(term: string): Promise<number>;
  /** The images of `term`, the best first, page by page. Throws what Web throws. */
  search(term: string): AsyncGenerator<readonly FoundImage[]>;
}
