// The methods of bench/better.ts: each learns from the rows of a draw and is measured on the others. Another one is another entry.
import { resolveHyperparameters, type HyperparameterOverrides } from '../../src/training/fit/hyperparameters.js';
import { chooseRows } from '../../src/training/teaching/lessonRows.js';
import { Trainer } from '../../src/training/worker/trainer.js';
import { measureTaught } from '../teach/rows.js';
import { takeRows, type Draw } from './draws.js';
import { fitHead, measureHead, partitionOf } from './heads.js';
import { searchHead } from './searchHead.js';
import { startScikitLearn, type Measured, type ScikitLearn } from './scikitLearn.js';
import { cacheFolder } from './sets.js';

interface Tools {
  readonly trainer: Trainer;
  readonly scikitLearn: ScikitLearn;
}

export interface Method {
  readonly name: string;
  readonly title: string;
  /** Of scikit-learn: the default preset is to be no worse. */
  readonly isPeer: boolean;
  readonly measure: (draw: Draw, tools: Tools) => Promise<Measured>;
}

/** Seconds of this process' processors, whatever else it does. */
async function timeProcessor<T>(work: () => Promise<T> | T): Promise<{ result: T; seconds: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}

const ofPreset =
  (overrides: HyperparameterOverrides) =>
  async (draw: Draw, { trainer }: Tools): Promise<Measured> => {
    const chosen = resolveHyperparameters('default', overrides);
    const { result, seconds } = await timeProcessor(() => fitHead(draw, trainer, partitionOf(draw), chosen, false));
    const { accuracy } = await measureHead(draw, trainer, result);
    return { accuracy, seconds };
  };

/** Beside the default preset. */
const searchTrials = 12;

/** The best of a few trials, which begin with the default preset. */
async function measureSearch(draw: Draw, { trainer }: Tools): Promise<Measured> {
  const partition = partitionOf(draw);
  const { result, seconds } = await timeProcessor(async () => {
    const { taken } = await searchHead(trainer, draw.set, partition, draw.seed, searchTrials);
    return fitHead(draw, trainer, partition, taken, true);
  });
  const { accuracy } = await measureHead(draw, trainer, result);
  return { accuracy, seconds };
}

/** What POST /v1/models/{name}/teach makes of the same images. Of many it takes some, as many of each class. */
async function measureTeaching({ set, train, test }: Draw): Promise<Measured> {
  const images = train.map((id) => ({ id, sha256: '', label: String(set.labels[id]), createdAt: new Date(0) }));
  const { fresh } = chooseRows(images, undefined);
  const taught = takeRows(
    set,
    fresh.map(({ id }) => id),
  );
  const { result, seconds } = await timeProcessor(() => measureTaught(taught, takeRows(set, test)));
  return { accuracy: result, seconds };
}

const ofScikitLearn =
  (name: string) =>
  async ({ set, train, test, seed }: Draw, { scikitLearn }: Tools): Promise<Measured> =>
    scikitLearn.measure(name, { set: set.name, train, test, seed });

export const methods: readonly Method[] = [
  { name: 'teach', title: 'taught', isPeer: false, measure: measureTeaching },
  { name: 'adam', title: 'default by Adam', isPeer: false, measure: ofPreset({ solver: 'adam' }) },
  { name: 'default', title: 'default', isPeer: false, measure: ofPreset({}) },
  { name: 'search', title: 'search', isPeer: false, measure: measureSearch },
  { name: 'lr', title: 'logistic regression', isPeer: true, measure: ofScikitLearn('lr') },
  { name: 'svm', title: 'linear SVM', isPeer: true, measure: ofScikitLearn('svm') },
  { name: 'knn', title: 'kNN', isPeer: true, measure: ofScikitLearn('knn') },
];

export interface OpenMethods {
  /** Of each method, by its name. */
  measure(draw: Draw): Promise<Record<string, Measured>>;
  close(): void;
}

export async function openMethods(chosen: readonly Method[]): Promise<OpenMethods> {
  const trainer = new Trainer();
  const scikitLearn = await startScikitLearn(cacheFolder);
  return {
    async measure(draw) {
      const measured: Record<string, Measured> = {};
      for (const { name, measure } of chosen) measured[name] = await measure(draw, { trainer, scikitLearn });
      return measured;
    },
    close() {
      scikitLearn.close();
      void trainer.close();
    },
  };
}
