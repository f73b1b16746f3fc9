// In which precision a version answers: the fastest that the engine computes in hardware, the configuration allows and the gate lets through.
import {
  loadedIdOf,
  precisionNames,
  type EngineInfo,
  type Precision,
  type ReducedPrecision,
} from '../engines/engine.js';
import type { Manifest } from '../models/manifest.js';
import { describeCheck, findCheck, isGoodEnough } from './precisionChecks.js';
import { describeVoucher, type Voucher } from './precisionVouchers.js';
import type { ActivationRanges } from '../quantization/activationRanges.js';

export const precisionSettings = ['auto', ...precisionNames] as const;
/** `auto`: the fastest. A name: this one or fp32. */
export type PrecisionSetting = (typeof precisionSettings)[number];

export interface PrecisionChoice {
  readonly precision: Precision;
  /** Why this one and no faster one, in a sentence for people. */
  readonly reason: string;
  /** What the backbone is loaded with; absent: fp32. */
  readonly reduced?: ReducedPrecision;
}

/** What decides about a version. `ranges`: of its backbone's activations, where they have been measured. */
export interface PrecisionFacts {
  readonly manifest: Pick<Manifest, 'name' | 'backbone' | 'metrics' | 'provenance'>;
  readonly ranges?: ActivationRanges | undefined;
}

const fastestFirst = ['int8', 'bf16'] as const;
type Reduced = (typeof fastestFirst)[number];

export class PrecisionPolicy {
  /** Of the versions that are being measured, by the trainings that do. Not kept: without its training a version waits for its check in fp32. */
  readonly #vouchers = new Map<unknown, Voucher>();

  constructor(
    private readonly setting: PrecisionSetting,
    private readonly engine: Pick<EngineInfo, 'engine' | 'precisions'>,
  ) {}

  /** Whether a precision is worth preparing for: the engine computes it in hardware and the configuration does not exclude it. */
  isWanted(precision: Reduced): boolean {
    return (this.setting === 'auto' || this.setting === precision) && this.engine.precisions.includes(precision);
  }

  /** The lower precisions that a backbone can be loaded in, fastest first, whether or not a version has passed the gate. */
  candidates(ranges: ActivationRanges | undefined): ReducedPrecision[] {
    return fastestFirst
      .filter((precision) => this.isWanted(precision))
      .flatMap((precision) => reduce(precision, ranges) ?? []);
  }

  /**
   * The version that a training publishes answers in the precision that `voucher` is of, until it has a check of its own or the function
   * that this gives is called. Versions that are loaded stay as they are until the registry's next reload.
   */
  allowWhileMeasured(trainingId: string, voucher: Voucher): () => void {
    this.#vouchers.set(trainingId, voucher);
    return () => void this.#vouchers.delete(trainingId);
  }

  /** Whether a version may answer in a lower precision before it has a check of its own. */
  isBeingMeasured({ provenance }: Pick<Manifest, 'provenance'>): boolean {
    return this.#vouchers.has(provenance['trainingId']);
  }

  choose({ manifest, ranges }: PrecisionFacts): PrecisionChoice {
    if (this.setting === 'fp32') return { precision: 'fp32', reason: 'PRECISION is fp32' };
    const refusals: string[] = [];
    for (const precision of fastestFirst.filter((one) => this.setting === 'auto' || this.setting === one)) {
      const found = this.#tryPrecision(precision, manifest, ranges);
      if (typeof found !== 'string') return { ...found, reason: [found.reason, ...refusals].join('; ') };
      refusals.push(found);
    }
    return { precision: 'fp32', reason: refusals.join('; ') };
  }

  /** The choice, or why not. */
  #tryPrecision(
    precision: Reduced,
    manifest: PrecisionFacts['manifest'],
    ranges: ActivationRanges | undefined,
  ): PrecisionChoice | string {
    const { engine, precisions } = this.engine;
    if (!precisions.includes(precision)) return `the ${engine} engine does not compute in ${precision} here`;
    const reduced = reduce(precision, ranges);
    if (reduced === undefined) return `${precision}: the activation ranges of its backbone have not been measured`;
    const check = findCheck(manifest, engine, precision);
    const backbone = loadedIdOf({ id: manifest.backbone.id, reduced });
    if (check?.backbone !== backbone) {
      const voucher = this.#vouchers.get(manifest.provenance['trainingId']);
      return voucher?.check.backbone === backbone
        ? { precision, reason: `${precision}: being compared with fp32; ${describeVoucher(voucher)}`, reduced }
        : `${precision}: not compared with fp32 on the ${engine} engine yet`;
    }
    const figures = `${precision}: ${describeCheck(check)}`;
    return isGoodEnough(check) ? { precision, reason: figures, reduced } : `${figures}, which is too little`;
  }
}

function reduce(precision: Reduced, ranges: ActivationRanges | undefined): ReducedPrecision | undefined {
  if (precision === 'bf16') return { precision };
  return ranges && { precision, ranges };
}
