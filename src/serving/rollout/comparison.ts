// Other heads on the embeddings that requests have left: what each version would have said, after the answer is on its way.
import type { Engine } from '../../engines/engine.js';
import { probabilitiesOf } from '../../models/versionAnswer.js';
import { mostProbable } from '../probabilities.js';
import type { ServedVersion } from '../loadedVersions.js';
import type { Tally } from './tally.js';

/** An image that a version has answered. */
export interface AnsweredImage {
  readonly embedding: Float32Array;
  readonly version: number;
  readonly label: string;
}

/** Images that wait at most: 8 MB of embeddings. Those past it are not compared, and nobody waits for them. */
const maxWaiting = 1_024;
const maxRows = 32;

export interface ComparisonDeps {
  readonly runHeads: Engine['runHeads'];
  readonly tally: Tally;
  /** The active version, with which the others are compared. */
  readonly baseline: number;
  readonly shadows: () => readonly number[];
  /** The versions that share the baseline's input, with it, as they are loaded now. */
  readonly versions: () => readonly ServedVersion[];
  readonly onFailure: (error: unknown) => void;
}

export class Comparison {
  #waiting: AnsweredImage[] = [];
  #added = 0;
  #done = 0;
  #turn: Promise<void> | undefined;

  constructor(private readonly deps: ComparisonDeps) {}

  /** Takes note of an image, unless too many wait already. */
  add(image: AnsweredImage): void {
    if (this.#waiting.length >= maxWaiting) return;
    this.#waiting.push(image);
    this.#added += 1;
    this.#begin();
  }

  /** Resolves when as many images have been compared as there are now. */
  async settled(): Promise<void> {
    const target = this.#added;
    while (this.#done < target) await this.#turn;
  }

  #begin(): void {
    this.#turn ??= this.#run().finally(() => {
      this.#turn = undefined;
      if (this.#waiting.length > 0) this.#begin();
    });
  }

  async #run(): Promise<void> {
    // On the next turn of the loop: the answers of this one go first.
    await new Promise((resolve) => setImmediate(resolve));
    const { version } = this.#waiting[0]!;
    const rows = this.#waiting.filter((image) => image.version === version).slice(0, maxRows);
    this.#waiting = this.#waiting.filter((image) => !rows.includes(image));
    await this.#compare(version, rows).catch(this.deps.onFailure);
    this.#done += rows.length;
  }

  async #compare(answering: number, rows: readonly AnsweredImage[]): Promise<void> {
    const all = this.deps.versions();
    // Of another backbone: its embeddings are of no use to the others.
    if (!all.some(({ manifest }) => manifest.version === answering)) return;
    const others = all.filter(({ manifest }) => manifest.version !== answering);
    if (others.length === 0) return;
    const logits = await this.deps.runHeads({
      embeddings: concatenate(rows.map(({ embedding }) => embedding)),
      count: rows.length,
      headIds: others.map(({ headId }) => headId),
    });
    rows.forEach(({ label }, row) => {
      this.#count([
        { version: answering, label },
        ...others.map((other) => answerOf(other, logits.get(other.headId)!, row)),
      ]);
    });
  }

  /** What each version says of one image. Images of versions that answer requests are counted by those. */
  #count(answers: readonly Answer[]): void {
    const { baseline, shadows, tally } = this.deps;
    const active = answers.find(({ version }) => version === baseline)!;
    for (const { version, label, probability } of answers) {
      if (version === baseline) continue;
      tally.add(version, { compared: 1, agreed: Number(label === active.label) });
      if (shadows().includes(version) && probability !== undefined)
        tally.add(version, { images: 1, topProbability: probability });
    }
  }
}

interface Answer {
  readonly version: number;
  readonly label: string;
  readonly probability?: number;
}

/** `logits`: [rows, classes] */
function answerOf({ manifest }: ServedVersion, logits: Float32Array, row: number): Answer {
  const { version, labels } = manifest;
  const own = logits.subarray(row * labels.length, (row + 1) * labels.length);
  const probabilities = probabilitiesOf(manifest, own);
  return { version, label: mostProbable(probabilities, labels), probability: Math.max(...probabilities) };
}

function concatenate(rows: readonly Float32Array[]): Float32Array {
  const size = rows[0]!.length;
  const all = new Float32Array(rows.length * size);
  rows.forEach((row, index) => all.set(row, index * size));
  return all;
}
