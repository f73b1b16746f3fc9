// What images and requests cost the machine, in passes: one pass is the engine's time of one image. A small JPEG costs one; an HEIC
// of 12 megapixels, whose decoding takes a second, twenty. How long a pass takes depends on what else the machine does, and is
// measured apart (drainRate.ts); the proportions stay.
import { isHeic } from '../image/format.js';
import { SizedAverage } from './sizedAverage.js';

/** Before anything was measured: twice what Inception-V3 takes on two CPU cores, because it is better to promise too little. */
const firstPassMs = 60;

/** Milliseconds per byte before an image of such a kind was measured: libheif and libjpeg on one CPU core. */
const firstDecodeMsPerByte = { heic: 650e-6, other: 50e-6 } as const;

type Kind = keyof typeof firstDecodeMsPerByte;

/** Weight of the newest measurement. */
const newest = 0.1;

export class Costs {
  #passMs: number | undefined;
  readonly #decodes = new SizedAverage<Kind>((kind, bytes) => firstDecodeMsPerByte[kind] * bytes);
  readonly #requests = new SizedAverage<string>(() => 1);

  /** `decoders` images are decoded at the same time. */
  constructor(private readonly decoders: number) {}

  /** The engine's milliseconds of one image, of late. */
  get passMs(): number {
    return this.#passMs ?? firstPassMs;
  }

  /** Of one run of the engine: its milliseconds and its images. */
  observeInference(ms: number, images: number): void {
    const passMs = ms / images;
    this.#passMs = this.#passMs === undefined ? passMs : this.#passMs + newest * (passMs - this.#passMs);
  }

  /** Of one image: its encoded bytes and the milliseconds of its decoding alone. */
  observeDecode(bytes: Uint8Array, ms: number): void {
    this.#decodes.observe(kindOf(bytes), bytes.length, ms);
  }

  /**
   * Passes that one encoded image costs on one backbone, at least 1: decoders and engine work side by side, so the slower of
   * the two counts.
   */
  ofImage(bytes: Uint8Array): number {
    const decodeMs = this.#decodes.estimate(kindOf(bytes), bytes.length) / this.decoders;
    return Math.max(1, decodeMs / this.passMs);
  }

  /** Of a request whose body turned out to cost `passes`. */
  observeRequest(mediaType: string, bytes: number, passes: number): void {
    this.#requests.observe(mediaType, bytes, passes);
  }

  /** Passes of a request of which only the headers are known: what such requests cost of late, at least one. */
  ofRequest(mediaType: string, bytes: number): number {
    return Math.max(1, this.#requests.estimate(mediaType, bytes));
  }
}

const kindOf = (bytes: Uint8Array): Kind => (isHeic(bytes) ? 'heic' : 'other');
