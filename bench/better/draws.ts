// Embedded sets, and what is drawn from them to learn from and to measure on.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embedFolders } from '../../scripts/starter/embed.js';
import type { LabelledSet } from '../../scripts/starter/head.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../../scripts/starter/teacher.js';
import { createRandom, shuffledIndices } from '../../src/training/random.js';
import { cacheFolder, makeSet, setNames, sharedFolder, subsets } from './sets.js';

export interface EmbeddedSet extends LabelledSet {
  readonly name: string;
}

/** Of each class, the share that is measured on. */
const measuredShare = 0.25;

export interface Draw {
  readonly set: EmbeddedSet;
  readonly seed: number;
  /** Row numbers. */
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** `perClass` rows of each class, or as many as are not measured on; the latter are the same whatever `perClass` is. */
export function drawRows(set: EmbeddedSet, perClass: number, seed: number): Draw {
  const counts = new Array<number>(set.classes).fill(0);
  for (const label of set.labels) counts[label]!++;
  const toMeasure = counts.map((count) => Math.floor(measuredShare * count));
  const toLearn = counts.map(() => perClass);
  const [train, test]: [number[], number[]] = [[], []];
  for (const row of shuffledIndices(set.labels.length, createRandom(seed))) {
    const label = set.labels[row]!;
    if (toMeasure[label]!-- > 0) test.push(row);
    else if (toLearn[label]!-- > 0) train.push(row);
  }
  return { set, seed, train, test };
}

export function takeRows({ features, labels, size, classes }: LabelledSet, rows: readonly number[]): LabelledSet {
  const taken = new Float32Array(new SharedArrayBuffer(rows.length * size * Float32Array.BYTES_PER_ELEMENT));
  rows.forEach((row, i) => taken.set(features.subarray(row * size, (row + 1) * size), i * size));
  return { features: taken, labels: Uint32Array.from(rows, (row) => labels[row]!), size, classes };
}

/** Also as files that scikitLearn.py reads. Embeddings are kept in .cache/better. */
export async function loadSets(names: readonly string[] = setNames): Promise<EmbeddedSet[]> {
  await mkdir(cacheFolder, { recursive: true });
  const network = {
    model: await readTeacher(join(sharedFolder, 'starter/training')),
    preprocessing: teacherPreprocessing,
    size: teacherEmbeddingSize,
  };
  const sets: EmbeddedSet[] = [];
  for (const name of names) {
    const subset = subsets[name];
    const folder = await makeSet(subset?.of ?? name);
    const { images } = await embedFolders(network, { images: folder }, { cache: cacheFolder, threads: 2 });
    const set = subset ? { ...subset.take(images, images.names), name } : { ...images, name };
    const { features, labels } = set;
    await writeFile(
      join(cacheFolder, `${name}.f32`),
      new Uint8Array(features.buffer, features.byteOffset, features.byteLength),
    );
    await writeFile(join(cacheFolder, `${name}.json`), JSON.stringify([...labels]));
    sets.push(set);
  }
  return sets;
}
