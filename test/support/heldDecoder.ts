// A real image decoder whose decoding itself is replaced by work that a test lets go one by one: what is left is who decodes when.
import { createImageDecoder, type DecodedImage, type ImageDecoder } from '../../src/image/decoder.js';

export interface HeldDecoder extends ImageDecoder {
  /** Images that are being decoded now, in the order of their start, by the text that is their bytes. */
  readonly running: readonly string[];
  /** Ends the decode that began first, as `outcome` says; by default with a black image. */
  finish(outcome?: Error): void;
  /** Resolves when `count` more decodes have begun than `finish` has ended. */
  begun(count: number): Promise<void>;
  /** Resolves when `decode` was called `count` times in all: those that are not running wait by then. */
  asked(count: number): Promise<void>;
}

export interface HeldDecoderOptions {
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly timeoutMs?: number;
}

interface Held {
  readonly name: string;
  readonly resolve: (image: DecodedImage) => void;
  readonly reject: (error: Error) => void;
}

/** Waits by turns of the event loop, not by the clock, and so under mocked timers too. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createHeldDecoder({ concurrency, maxWaiting, timeoutMs = 60_000 }: HeldDecoderOptions): HeldDecoder {
  const held: Held[] = [];
  let calls = 0;
  const decoder = createImageDecoder({
    limits: { maxBytes: 1_000, maxPixels: 1_000, timeoutMs },
    concurrency,
    maxWaiting,
    decodeNow: (bytes) =>
      new Promise((resolve, reject) => held.push({ name: Buffer.from(bytes).toString(), resolve, reject })),
  });
  return {
    decode: (...given) => {
      calls++;
      return decoder.decode(...given);
    },
    close: () => decoder.close(),
    get running() {
      return held.map(({ name }) => name);
    },
    finish: (outcome) => {
      const first = held.shift()!;
      if (outcome) first.reject(outcome);
      else first.resolve({ width: 1, height: 1, pixels: new Uint8Array(3) });
    },
    begun: async (count) => {
      while (held.length < count) await turn();
    },
    asked: async (count) => {
      while (calls < count) await turn();
    },
  };
}
