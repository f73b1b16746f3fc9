// Beside an answer: the class that the heat map is of, what the map means, and the most similar photos of the training.
import { Loading } from '../../components/loading.js';
import { percent } from '../../components/bars.js';
import { ProblemNote } from '../../components/problem.js';
import { ServerImage } from '../../components/serverImage.js';
import { useLoad, type Loaded } from '../../load.js';
import { apiKey } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { Choice } from './choice.js';
import { findSimilar, type Explanation } from './explanation.js';
import type { Photo } from './photo.js';

const texts = strings.try;

export interface WhyProps {
  readonly photo: Photo;
  readonly choice: Choice;
  readonly explanation: Loaded<Explanation | undefined>;
  /** Classes to choose from. */
  readonly labels: readonly string[];
  readonly onLabel: (label: string) => void;
}

export function Why({ photo, choice, explanation, labels, onLabel }: WhyProps) {
  const { data, error, loading, reload } = explanation;
  return (
    <section class="why stack" aria-label={texts.whyTitle}>
      <h3>{texts.whyTitle}</h3>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {loading && <p role="status">{texts.whyWorking}</p>}
      {data && !loading && (
        <>
          <label>
            {texts.whyClass}
            <select value={data.label} onChange={({ currentTarget }) => onLabel(currentTarget.value)}>
              {labels.map((label) => (
                <option key={label}>{label}</option>
              ))}
            </select>
          </label>
          <p class="muted">{texts.whyHeat[data.method]}</p>
        </>
      )}
      <h3>{texts.similarTitle}</h3>
      {apiKey.value === undefined ? (
        <p class="muted">{texts.similarNeedsKey}</p>
      ) : (
        <SimilarPhotos photo={photo} choice={choice} />
      )}
    </section>
  );
}

const sayings = { elsewhere: texts.similarElsewhere, none: texts.similarNone };

function SimilarPhotos({ photo, choice }: { photo: Photo; choice: Choice }) {
  const { data, error, loading, reload } = useLoad(
    (signal) => findSimilar(photo.file, choice, signal),
    [photo, choice.model, choice.version],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (data === undefined || loading) return <Loading />;
  if (typeof data === 'string') return <p class="muted">{sayings[data]}</p>;
  return (
    <ul class="similar">
      {data.map(({ dataset, imageId, label, similarity }) => (
        <li key={imageId}>
          <ServerImage dataset={dataset} id={imageId} size="thumbnail" alt={texts.similarPhoto(label)} />
          <span>{label}</span>
          <span class="muted small">{texts.similarity(percent(similarity))}</span>
        </li>
      ))}
    </ul>
  );
}
