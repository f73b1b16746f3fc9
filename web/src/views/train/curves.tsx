// Loss and accuracy by epoch: two curves that grow as the epochs come, and the same figures as a table.
import { useState } from 'preact/hooks';
import { formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import { LineChart, type Line } from './lineChart.js';
import type { EpochFigures } from './trainingFeed.js';

const texts = strings.train;

const formatLoss = (loss: number): string => loss.toFixed(3);

/** While it runs the setting that is being tried is shown, then the one that was kept. */
export function Curves({ epochs, running }: { epochs: readonly EpochFigures[]; running: boolean }) {
  const [chosen, choose] = useState<number>();
  const candidates = epochs.at(-1)!.candidate;
  const candidate = chosen ?? (running ? candidates : bestOf(epochs).candidate);
  const shown = epochs.filter((epoch) => epoch.candidate === candidate);
  const last = shown.at(-1)!;
  const numbers = shown.map(({ epoch }) => epoch);
  return (
    <>
      {last.candidates > 1 && (
        <label class="setting-choice">
          {texts.showSetting}
          <select value={candidate} onChange={({ currentTarget: { value } }) => choose(Number(value))}>
            {Array.from({ length: candidates }, (_, i) => (
              <option key={i} value={i + 1}>
                {texts.candidate(i + 1, last.candidates)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="charts">
        <LineChart
          title={texts.lossChart}
          summary={texts.lossSummary(last.epoch, formatLoss(last.loss), formatLoss(last.validationLoss))}
          x={numbers}
          lines={[
            { name: texts.trainingLoss, colour: '--muted', values: shown.map(({ loss }) => loss) },
            {
              name: texts.validationLoss,
              colour: '--accent',
              values: shown.map(({ validationLoss }) => validationLoss),
            },
          ]}
          format={formatLoss}
        />
        <LineChart
          title={texts.accuracyChart}
          summary={texts.accuracySummary(
            last.epoch,
            last.trainingAccuracy === undefined ? undefined : formatShare(last.trainingAccuracy),
            formatShare(last.validationAccuracy),
          )}
          x={numbers}
          lines={[
            ...trainingAccuracyOf(shown),
            {
              name: texts.validationAccuracy,
              colour: '--accent',
              values: shown.map(({ validationAccuracy }) => validationAccuracy),
            },
          ]}
          format={formatShare}
          top={1}
        />
      </div>
      <p class="muted">{texts.accuracyHelp}</p>
      <details>
        <summary>{texts.epochTable}</summary>
        <EpochTable epochs={shown} />
      </details>
    </>
  );
}

/** No line where an older server did not count it. */
const trainingAccuracyOf = (epochs: readonly EpochFigures[]): Line[] => {
  const values = epochs.map(({ trainingAccuracy }) => trainingAccuracy).filter((value) => value !== undefined);
  return values.length < epochs.length ? [] : [{ name: texts.trainingAccuracy, colour: '--muted', values }];
};

/** The epoch with the lowest validation loss. */
const bestOf = (epochs: readonly EpochFigures[]): EpochFigures =>
  epochs.reduce((best, figures) => (figures.validationLoss < best.validationLoss ? figures : best));

const EpochTable = ({ epochs }: { epochs: readonly EpochFigures[] }) => (
  <div class="table-frame epochs" role="region" aria-label={texts.epochTable} tabindex={0}>
    <table>
      <thead>
        <tr>
          <th class="number">{texts.epoch}</th>
          <th class="number">{texts.tableColumns.loss}</th>
          <th class="number">{texts.tableColumns.validationLoss}</th>
          <th class="number">{texts.tableColumns.trainingAccuracy}</th>
          <th class="number">{texts.tableColumns.validationAccuracy}</th>
        </tr>
      </thead>
      <tbody>
        {epochs.map(({ epoch, loss, validationLoss, trainingAccuracy, validationAccuracy }) => (
          <tr key={epoch}>
            <td class="number">{epoch}</td>
            <td class="number">{formatLoss(loss)}</td>
            <td class="number">{formatLoss(validationLoss)}</td>
            <td class="number">{trainingAccuracy !== undefined && formatShare(trainingAccuracy)}</td>
            <td class="number">{formatShare(validationAccuracy)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
