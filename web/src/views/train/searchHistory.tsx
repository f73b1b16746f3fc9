// What a search has tried so far: the best loss fit by fit, and each fit as a row.
import type { components, Training } from 'taxon-client';
import { formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import { LineChart } from './lineChart.js';
import { hasEnded, type Trial } from './trainingFeed.js';

const texts = strings.train;

const formatLoss = (loss: number): string => loss.toFixed(3);

/** With all their epochs: only those can be the best. */
const finishedIn = (trials: readonly Trial[]) =>
  trials.flatMap((trial) => (trial.share === 1 && trial.loss !== null ? [{ ...trial, loss: trial.loss }] : []));

type Check = NonNullable<components['schemas']['SearchFigures']['check']>;

/** `training`: whose search it is. */
export function SearchHistory({ trials, training }: { trials: readonly Trial[]; training: Training }) {
  const running = !hasEnded(training);
  const check = (training.metrics as { search?: { check?: Check | null } } | null)?.search?.check;
  const finished = finishedIn(trials);
  const best = finished.reduce<(typeof finished)[number] | undefined>(
    (lowest, trial) => (lowest && lowest.loss <= trial.loss ? lowest : trial),
    undefined,
  );
  return (
    <section class="card search-history">
      <h2>{texts.searchTitle}</h2>
      <p class="muted">{texts.searchHelp}</p>
      {best && <BestSoFar trials={trials} />}
      {check && <p>{describeCheck(check)}</p>}
      <div class="table-frame epochs" role="region" aria-label={texts.searchTitle} tabindex={0}>
        <table>
          <thead>
            <tr>
              <th>{texts.searchColumns.trial}</th>
              <th>{texts.searchColumns.settings}</th>
              <th class="number">{texts.searchColumns.share}</th>
              <th class="number">{texts.searchColumns.loss}</th>
              <th class="number">{texts.searchColumns.accuracy}</th>
            </tr>
          </thead>
          <tbody>
            {trials.map((trial) => (
              <tr key={`${trial.number}/${trial.share}`}>
                <td>
                  {trial.number}{' '}
                  {trial.number === best?.number && trial.share === 1 && (
                    <span class="badge badge-good">{running ? texts.bestSoFar : texts.best}</span>
                  )}
                </td>
                <td>{describe(trial)}</td>
                <td class="number">{formatShare(trial.share)}</td>
                <td class="number">{trial.loss === null ? texts.searchFailed : formatLoss(trial.loss)}</td>
                <td class="number">{trial.accuracy === null ? '' : formatShare(trial.accuracy)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function describeCheck({ trial, gain, standardError, isTaken }: Check): string {
  const measured =
    gain === null || standardError === null ? undefined : `${formatLoss(gain)} ± ${formatLoss(standardError)}`;
  return texts.searchCheck(trial, measured, isTaken);
}

/** Over the fits, those that were cut short included: they took time too. */
function BestSoFar({ trials }: { trials: readonly Trial[] }) {
  const first = trials.find(({ number }) => number === 0)?.loss ?? null;
  let best = Infinity;
  const course = trials.map(({ share, loss }) => (best = share === 1 && loss !== null ? Math.min(best, loss) : best));
  const from = course.findIndex(Number.isFinite);
  const shown = course.slice(from);
  const asAsked = first ?? shown[0]!;
  return (
    <LineChart
      title={texts.searchChart}
      xName={texts.fit}
      summary={texts.searchSummary(trials.length, formatLoss(shown.at(-1)!), formatLoss(asAsked))}
      x={shown.map((_, i) => from + i + 1)}
      lines={[
        { name: texts.firstLoss, colour: '--muted', values: shown.map(() => asAsked) },
        { name: texts.bestLoss, colour: '--accent', values: shown },
      ]}
      format={formatLoss}
    />
  );
}

/** The server wrote them, all of them. */
interface Settings {
  readonly hiddenLayers: readonly number[];
  readonly activation: string;
  readonly learningRate: number;
  readonly epochs: number;
  readonly dropout: number;
  readonly views: number;
}

function describe({ number, hyperparameters }: Trial): string {
  if (number === 0) return texts.asAsked;
  const { hiddenLayers, activation, learningRate, epochs, dropout, views } = hyperparameters as unknown as Settings;
  const layers =
    hiddenLayers.length === 0
      ? texts.describeTrial.linear
      : texts.describeTrial.hidden(hiddenLayers.length, hiddenLayers[0]!, activation);
  return `${layers}, ${texts.describeTrial.rest(learningRate.toPrecision(2), epochs, dropout.toFixed(2), views)}`;
}
