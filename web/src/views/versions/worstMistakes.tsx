// The held-out images that a version was surest of and got wrong.
import { formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';
import { PhotoGrid } from './photoGrid.js';
import type { MeasuredOn } from './predictions.js';

const texts = strings.versions;

export function WorstMistakes({ version, source }: { version: ModelVersion; source: MeasuredOn | undefined }) {
  const mistakes = version.metrics.worstMistakes ?? [];
  if (mistakes.length === 0 || source === undefined) return null;
  const photos = mistakes.flatMap(({ imageId, label, predicted, probability }) =>
    imageId === undefined
      ? []
      : [
          {
            prediction: { imageId, label, predicted, fileName: null },
            caption: texts.worstItem(label, predicted, formatShare(probability)),
          },
        ],
  );
  return (
    <section class="card">
      <h2>{texts.worst}</h2>
      <p class="muted">{texts.worstHelp}</p>
      <PhotoGrid dataset={source.dataset} photos={photos} />
    </section>
  );
}
