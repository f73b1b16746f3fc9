// Metrics of versions that are rolled out: what this process has seen of each since it follows the rollout.
import { Counter, type Registry } from 'prom-client';
import type { Corrected, Counts } from '../data/classifiers/rollouts.js';
import type { RolloutService } from '../serving/rollout/rolloutService.js';

const ofCounts: Readonly<Record<string, readonly [help: string, value: (counts: Counts) => number]>> = {
  requests: ['Requests that named no version, by the version that answered.', ({ requests }) => requests],
  errors: ['Of them, those that failed through a fault of the server.', ({ errors }) => errors],
  request_seconds: ['Time of these requests from the arrival of their images to the result.', ({ ms }) => ms / 1000],
  images: ['Images that the version answered, or was scored on beside the active one.', ({ images }) => images],
  judged_images: ['Images that the version answered and can call unknown.', ({ judged }) => judged],
  unknown_images: ['Of them, those that it calls unknown.', ({ unknown }) => unknown],
  top_probability_sum: ['Sum of the probabilities of the most probable class.', ({ topProbability }) => topProbability],
  compared_images: ['Images of which what the active version says is known too.', ({ compared }) => compared],
  agreed_images: ['Of them, those of which both say the same.', ({ agreed }) => agreed],
};

const ofCorrections: Readonly<Record<string, readonly [help: string, value: (corrected: Corrected) => number]>> = {
  corrections: [
    'Images with corrections that the version was asked about by this process.',
    ({ corrections }) => corrections,
  ],
  right_corrections: ['Of them, those of which it says what the user says.', ({ right }) => right],
};

/** The series of a rollout go when it ends. */
export function watchRollouts(registry: Registry, rollouts: Pick<RolloutService, 'list'>): void {
  for (const [name, [help, value]] of Object.entries(ofCounts))
    addCounter(registry, name, help, () =>
      rollouts
        .list()
        .flatMap(({ rollout, tally }) =>
          [...tally.totals].map(([version, counts]) => ({ model: rollout.classifier, version, value: value(counts) })),
        ),
    );
  for (const [name, [help, value]] of Object.entries(ofCorrections))
    addCounter(registry, name, help, () =>
      rollouts.list().flatMap(({ rollout, tally }) =>
        [...tally.corrected].map(([version, corrected]) => ({
          model: rollout.classifier,
          version,
          value: value(corrected),
        })),
      ),
    );
}

interface Series {
  readonly model: string;
  readonly version: number;
  readonly value: number;
}

function addCounter(registry: Registry, name: string, help: string, read: () => readonly Series[]): void {
  new Counter({
    name: `taxon_rollout_${name}_total`,
    help,
    labelNames: ['model', 'version'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { model, version, value } of read()) this.inc({ model, version }, value);
    },
  });
}
