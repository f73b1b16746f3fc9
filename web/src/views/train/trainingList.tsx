// All trainings, the newest first.
import { useEffect } from 'preact/hooks';
import { dataOf, type Training } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { formatSeconds, formatShare, formatTime } from '../../format.js';
import { useLoad } from '../../load.js';
import { hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { hasEnded } from './trainingFeed.js';

const texts = strings.train;

/** While one of them is not over. */
const reloadEveryMs = 3_000;

export function TrainingList() {
  const { data, error, reload } = useLoad(
    async (signal) => dataOf(await taxon.value.api.GET('/v1/admin/trainings', { signal })).trainings,
    [],
  );
  useEffect(() => {
    if (data === undefined || data.every(hasEnded)) return;
    const timer = setTimeout(reload, reloadEveryMs);
    return () => clearTimeout(timer);
  }, [data]);
  return (
    <section class="card">
      <h2>{texts.past}</h2>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data === undefined && error === undefined && <Loading />}
      {data?.length === 0 && <p class="muted">{texts.noPast}</p>}
      {data !== undefined && data.length > 0 && <Table trainings={data} />}
    </section>
  );
}

const Table = ({ trainings }: { trainings: readonly Training[] }) => (
  <div class="table-frame" role="region" aria-label={texts.past} tabindex={0}>
    <table>
      <thead>
        <tr>
          <th>{texts.columns.training}</th>
          <th>{texts.columns.state}</th>
          <th class="number">{texts.columns.result}</th>
          <th>{texts.columns.when}</th>
          <th class="number">{texts.columns.took}</th>
        </tr>
      </thead>
      <tbody>
        {trainings.map((training) => (
          <tr key={training.id}>
            <td>
              <a href={hrefOf('train', training.id)}>{texts.nameOf(training.model, training.dataset)}</a>
              {training.version !== null && <div class="muted">{texts.versionOf(training.version)}</div>}
            </td>
            <td>
              <StateBadge state={training.state} />
            </td>
            <td class="number">{resultOf(training)}</td>
            <td class="time">{formatTime(training.startedAt ?? training.createdAt)}</td>
            <td class="number time">{secondsOf(training)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

function resultOf({ metrics }: Training): string {
  if (metrics?.multiLabel) return texts.resultMeanShort(formatShare(metrics.multiLabel.meanAveragePrecision));
  return metrics?.accuracy === undefined ? '' : formatShare(metrics.accuracy);
}

const secondsOf = ({ startedAt, finishedAt }: Training): string =>
  startedAt === null || finishedAt === null
    ? ''
    : formatSeconds((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);

const badges = { queued: '', running: 'badge-warn', succeeded: 'badge-good', failed: 'badge-bad', cancelled: '' };

export const StateBadge = ({ state }: Pick<Training, 'state'>) => (
  <span class={`badge ${badges[state]}`}>{texts.states[state]}</span>
);
