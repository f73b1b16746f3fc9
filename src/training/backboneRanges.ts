// The activation ranges of a backbone, measured on images: what int8 needs beside the weights.
import { ensureCompiledBackbone } from '../engines/compileCache.js';
import type { BackboneArtifact } from '../engines/engine.js';
import { compilerRevision } from '../formats/onnx/compiler/compile.js';
import { AppError } from '../errors.js';
import type { ImageDecoder } from '../image/decoder.js';
import type { StoredVersion } from '../serving/loadedVersions.js';
import type { ActivationRanges } from '../quantization/activationRanges.js';
import { spread } from '../spread.js';
import { measureRanges, type MeasureOptions } from '../quantization/measureRanges.js';

/** Images that a measurement takes: more change no range by what a rounding would show. */
export const measuredImages = 100;

/**
 * `images`: pixels as the backbone takes them, uint8 [height, width, 3]. `cacheDir`: of the engine's compiled graphs. Takes about
 * three runs' time an image. Throws AppError invalid_model where the backbone is no graph that we compile, and as measureRanges does.
 */
export async function measureActivationRanges(
  backbone: Omit<BackboneArtifact, 'reduced'>,
  cacheDir: string,
  images: AsyncIterable<Uint8Array>,
  options: MeasureOptions,
): Promise<ActivationRanges> {
  const { id, preprocessing } = backbone;
  const file = await ensureCompiledBackbone(backbone, cacheDir);
  const measured = await measureRanges(file, [preprocessing.height, preprocessing.width, 3], images, options);
  return { format: 'taxon-activation-ranges/1', backboneId: id, graphRevision: compilerRevision, ...measured };
}

/** As measureActivationRanges, of a stored version's backbone on stored images. */
export type MeasureBackbone = (
  version: StoredVersion,
  /** By their SHA-256; some of them are enough. */
  images: readonly string[],
  signal: AbortSignal,
) => Promise<ActivationRanges>;

export interface MeasureDeps extends MeasureOptions {
  readonly cacheDir: string;
  readonly decoder: ImageDecoder;
  readonly readImage: (sha256: string) => Promise<Uint8Array>;
}

/** Decodes below requests in priority; an image that cannot be decoded, or not now, is left out. */
export const createMeasureBackbone =
  ({ cacheDir, decoder, readImage, ...options }: MeasureDeps): MeasureBackbone =>
  ({ manifest, backboneDirectory }, images, signal) => {
    const { backbone, preprocessing } = manifest;
    async function* decode(): AsyncGenerator<Uint8Array> {
      for (const image of spread(images, measuredImages)) {
        const decoded = await decoder
          .decode(await readImage(image), preprocessing, signal, 'background')
          .catch((error: unknown) => {
            if (error instanceof AppError) return undefined;
            throw error;
          });
        if (decoded) yield decoded.pixels;
      }
    }
    const artifact = { ...backbone, directory: backboneDirectory, preprocessing };
    return measureActivationRanges(artifact, cacheDir, decode(), { ...options, signal });
  };
