// What one classifier says about the photo.
import type { Classification } from 'taxon-client';
import { Bars, percent } from '../../components/bars.js';
import { ProblemNote } from '../../components/problem.js';
import type { Loaded } from '../../load.js';
import { strings } from '../../strings/index.js';

const texts = strings.try;

export function Answer({ data, error, loading, reload }: Loaded<Classification>) {
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined) return <p class="muted">{texts.working}</p>;
  const [best] = data.predictions;
  return (
    <div class={loading ? 'answer answer-old' : 'answer'} aria-busy={loading}>
      {best && data.known === false && (
        <div class="note note-warn" role="status">
          <strong class="unknown">{texts.unknown}</strong>
          <p>{texts.unknownHelp(best.label)}</p>
        </div>
      )}
      {best && data.known !== false && data.labels === undefined && (
        <p class="best" role="status">
          <strong>{best.label}</strong> <span class="number">{percent(best.probability)}</span>
        </p>
      )}
      {data.known !== false && data.labels !== undefined && <Labels labels={data.labels} />}
      <Bars predictions={data.predictions} />
      {data.labels !== undefined && <p class="muted small">{texts.anyNumber}</p>}
      <p class="muted small">{texts.took(totalMs(data.timing), data.model.version)}</p>
    </div>
  );
}

/** What a classifier of any number of labels says of a photo. */
const Labels = ({ labels }: { labels: readonly string[] }) => (
  <p class="row" role="status">
    {labels.length === 0 ? (
      <span class="muted">{texts.noLabels}</span>
    ) : (
      labels.map((label) => (
        <>
          <span key={label} class="badge badge-good">
            {label}
          </span>{' '}
        </>
      ))
    )}
  </p>
);

const totalMs = ({ decodeMs, queueMs, inferenceMs }: Classification['timing']): number =>
  Math.max(1, Math.round(decodeMs + queueMs + inferenceMs));
