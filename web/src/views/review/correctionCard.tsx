// One correction: the photo, what was said of it, and what to do with it.
import { useEffect } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Bars } from '../../components/bars.js';
import { FeedbackImage, preloadFeedbackImage } from '../../components/serverImage.js';
import { useLoad } from '../../load.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { ReviewCard } from './reviewCard.js';
import type { Correction, ReviewQueue } from './reviewQueue.js';

const texts = strings.review;
const shownClasses = 3;

export function CorrectionCard({ queue, dataset }: { queue: ReviewQueue; dataset: string }) {
  const [correction, following] = queue.waiting.value as [Correction, ...Correction[]];
  useEffect(() => following && preloadFeedbackImage(following.id, 'full'), [following?.id]);
  const { id, label: given } = correction;
  const accept = (label: string): void => queue.decide({ kind: 'accept', dataset, label });
  return (
    <ReviewCard
      photo={<FeedbackImage id={id} size="full" alt={texts.alt(given)} />}
      said={texts.saysUser}
      label={given}
      choices={[
        { key: 'A', keys: ['a'], text: texts.accept(given), look: 'primary', run: () => accept(given) },
        {
          key: 'X',
          keys: ['x', 'Delete'],
          text: texts.reject,
          look: 'danger',
          run: () => queue.decide({ kind: 'reject' }),
        },
        { key: '→', keys: ['ArrowRight'], text: texts.skip, run: () => queue.skip() },
      ]}
      dataset={dataset}
      onLabel={accept}
      onUndo={() => queue.undo()}
      hint={texts.hint}
    >
      <Opinion key={id} correction={correction} />
    </ReviewCard>
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
