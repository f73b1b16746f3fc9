// The settings that a training tries, each with what it has come to so far.
import { formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { EpochFigures } from './trainingFeed.js';

const texts = strings.train;

interface Trial {
  readonly best: EpochFigures;
  readonly epochsRun: number;
}

function trialsOf(epochs: readonly EpochFigures[]): Trial[] {
  const trials = new Map<number, Trial>();
  for (const figures of epochs) {
    const known = trials.get(figures.candidate)?.best;
    const best = known && known.validationLoss <= figures.validationLoss ? known : figures;
    trials.set(figures.candidate, { best, epochsRun: figures.epoch });
  }
  return [...trials.values()];
}

export function Trials({ epochs, running }: { epochs: readonly EpochFigures[]; running: boolean }) {
  const trials = trialsOf(epochs);
  const lowest = Math.min(...trials.map(({ best }) => best.validationLoss));
  return (
    <section class="card">
      <h2>{texts.trialsTitle}</h2>
      <div class="table-frame epochs" role="region" aria-label={texts.trialsTitle} tabindex={0}>
        <table>
          <thead>
            <tr>
              <th>{texts.trialColumns.setting}</th>
              <th class="number">{texts.trialColumns.epochs}</th>
              <th class="number">{texts.trialColumns.loss}</th>
              <th class="number">{texts.trialColumns.accuracy}</th>
            </tr>
          </thead>
          <tbody>
            {trials.map(({ best, epochsRun }) => (
              <tr key={best.candidate}>
                <td>
                  {best.candidate}{' '}
                  {best.validationLoss === lowest && (
                    <span class="badge badge-good">{running ? texts.bestSoFar : texts.best}</span>
                  )}
                </td>
                <td class="number">{epochsRun}</td>
                <td class="number">{best.validationLoss.toFixed(3)}</td>
                <td class="number">{formatShare(best.validationAccuracy)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
