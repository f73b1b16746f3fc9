// One correction: the photo, what was said of it, and what to do with it.
import { useEffect, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Bars } from '../../components/bars.js';
import { LabelButtons } from '../../components/labelButtons.js';
import { LabelPicker } from '../../components/labelPicker.js';
import { FeedbackImage, preloadFeedbackImage } from '../../components/serverImage.js';
import { useKeys } from '../../keys.js';
import { labelOfKey, useLabels } from '../../labels.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { Correction, ReviewQueue } from './reviewQueue.js';

const texts = strings.review;
const shownClasses = 3;

export function CorrectionCard({ queue, dataset }: { queue: ReviewQueue; dataset: string }) {
  const [correction, following] = queue.waiting.value as [Correction, ...Correction[]];
  const [isPicking, setPicking] = useState(false);
  const classes = useLoad(
    async (signal) => {
      const params = { path: { name: dataset } };
      const statistics = dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}', { params, signal }));
      return statistics.classes.map(({ label }) => label);
    },
    [dataset],
  );
  const labels = useLabels(classes.data ?? []);
  useEffect(() => following && preloadFeedbackImage(following.id, 'full'), [following?.id]);

  const accept = (label: string): void => queue.decide({ kind: 'accept', dataset, label });
  const reject = (): void => queue.decide({ kind: 'reject' });
  useKeys((event) => {
    const { key } = event;
    const label = labelOfKey(key, labels);
    if (event.ctrlKey || event.metaKey) return false;
    if (key.toLowerCase() === 'a') accept(correction.label);
    else if (label !== undefined) accept(label);
    else if (key.toLowerCase() === 'l') setPicking(true);
    else if (key.toLowerCase() === 'x' || key === 'Delete') reject();
    else if (key === 'ArrowRight') queue.skip();
    else return false;
    return true;
  });

  return (
    <section class="card review-card">
      <div class="review-photo">
        <FeedbackImage id={correction.id} size="full" alt={texts.alt(correction.label)} />
      </div>
      <div class="stack review-side">
        <div role="status">
          <span class="muted">{texts.saysUser}</span>
          <h2>{correction.label}</h2>
        </div>
        <div class="review-decisions">
          <button type="button" class="primary" onClick={() => accept(correction.label)}>
            <kbd>A</kbd> {texts.accept(correction.label)}
          </button>
          <button type="button" class="danger" onClick={reject}>
            <kbd>X</kbd> {texts.reject}
          </button>
          <button type="button" onClick={() => queue.skip()}>
            <kbd>→</kbd> {texts.skip}
          </button>
        </div>
        <div>
          <p class="muted">{texts.other}</p>
          <LabelButtons labels={labels} onLabel={accept} onOther={() => setPicking(true)} />
        </div>
        <Opinion key={correction.id} correction={correction} />
        <div class="row">
          <button type="button" class="plain" onClick={() => queue.undo()}>
            <kbd>Ctrl Z</kbd> {texts.undo}
          </button>
          <small class="muted">{texts.hint}</small>
        </div>
      </div>
      {isPicking && (
        <LabelPicker
          title={texts.pick}
          labels={labels}
          onPick={(label) => {
            setPicking(false);
            accept(label);
          }}
          onClose={() => setPicking(false)}
        />
      )}
    </section>
  );
}

/** What the classifier that was corrected makes of the photo now; nothing where it is gone. */
function Opinion({ correction: { id, classifier } }: { correction: Correction }) {
  const { data } = useLoad(
    async (signal) => {
      const params = { path: { id } };
      const answer = await taxon.value.api.GET('/v1/admin/feedback/{id}/image', { params, parseAs: 'blob', signal });
      return taxon.value.classify(dataOf(answer), {
        model: classifier,
        shrink: true,
        signal,
      });
    },
    [id],
  );
  if (data === undefined) return null;
  return (
    <div>
      <p class="muted">{texts.saysClassifier(classifier)}</p>
      <Bars predictions={data.predictions.slice(0, shownClasses)} />
    </div>
  );
}
