// A version on an engine in each lower precision, beside itself in fp32, on the same images.
import { loadedIdOf, type BackboneArtifact, type Engine, type ReducedPrecision } from '../engines/engine.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { PrecisionCheck } from '../serving/precisionChecks.js';
import { comparePrecisions, type Run } from './evaluation/precisionComparison.js';

export interface CheckedVersion {
  /** In fp32. */
  readonly backbone: Omit<BackboneArtifact, 'reduced'>;
  readonly head: LayersModel;
  readonly labels: readonly string[];
}

export interface CheckedImage {
  /** As the backbone takes them, uint8 [height, width, 3]. */
  readonly pixels: Uint8Array;
  readonly label: string;
}

/** Values of a run that grows image by image. */
interface GrowingRun {
  readonly features: Float32Array[];
  readonly logits: Float32Array[];
}

const join = (rows: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(rows.length * (rows[0]?.length ?? 0));
  rows.forEach((row, i) => all.set(row, i * row.length));
  return all;
};

const finish = ({ features, logits }: GrowingRun): Run => ({ features: join(features), logits: join(logits) });

/**
 * One check for each of `precisions`. The engine must have nothing of the version loaded, and has nothing of it afterwards. An image
 * whose label the version does not have counts as wrong in all of them. Throws what the engine throws.
 */
export async function checkPrecisions(
  engine: Engine,
  { backbone, head, labels }: CheckedVersion,
  precisions: readonly ReducedPrecision[],
  images: AsyncIterable<CheckedImage>,
): Promise<PrecisionCheck[]> {
  const artifacts: BackboneArtifact[] = [backbone, ...precisions.map((reduced) => ({ ...backbone, reduced }))];
  const runs = artifacts.map((): GrowingRun => ({ features: [], logits: [] }));
  const truth: string[] = [];
  const headId = 'checked';
  try {
    for (const artifact of artifacts) await engine.loadBackbone(artifact);
    await engine.loadHead({ id: headId, backboneId: backbone.id, model: head, classes: labels.length });
    for await (const { pixels, label } of images) {
      truth.push(label);
      for (const [i, artifact] of artifacts.entries()) {
        const batch = { backboneId: loadedIdOf(artifact), pixels: pixels.slice(), count: 1, headIds: [headId] };
        const { embeddings, logits } = await engine.run(batch);
        runs[i]!.features.push(embeddings);
        runs[i]!.logits.push(logits.get(headId)!);
      }
    }
  } finally {
    await engine.unloadHead(headId);
    for (const artifact of artifacts) await engine.unloadBackbone(loadedIdOf(artifact));
  }
  if (truth.length === 0) return [];
  const [fp32, ...others] = runs.map(finish);
  return precisions.map((reduced, i) => ({
    engine: engine.info.engine,
    precision: reduced.precision,
    backbone: loadedIdOf({ id: backbone.id, reduced }),
    ...comparePrecisions(fp32!, others[i]!, truth, labels),
  }));
}
