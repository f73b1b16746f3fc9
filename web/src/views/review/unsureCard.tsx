// One photo of a dataset whose label a classifier doubts, and what to do with it.
import { useEffect } from 'preact/hooks';
import { Bars } from '../../components/bars.js';
import { preloadServerImage, ServerImage } from '../../components/serverImage.js';
import { strings } from '../../strings/index.js';
import { ReviewCard } from './reviewCard.js';
import type { UnsurePhoto, UnsureQueue } from './unsureQueue.js';

const texts = strings.review;

export function UnsureCard({ queue }: { queue: UnsureQueue }) {
  const { dataset, model } = queue;
  const [photo, following] = queue.waiting.value as [UnsurePhoto, ...UnsurePhoto[]];
  useEffect(() => following && preloadServerImage(dataset, following.id, 'full'), [following?.id]);
  const { id, label, prediction } = photo;
  const keep = (): void => queue.decide({ kind: 'keep' });
  const relabel = (other: string): void => (other === label ? keep() : queue.decide({ kind: 'relabel', label: other }));
  return (
    <ReviewCard
      photo={<ServerImage dataset={dataset} id={id} size="full" alt={texts.unsureAlt(label)} />}
      said={texts.saysLabel}
      label={label}
      choices={[
        { key: 'A', keys: ['a'], text: texts.keep(label), look: 'primary', run: keep },
        ...(prediction.label === label
          ? []
          : [{ key: 'S', keys: ['s'], text: texts.itIs(prediction.label), run: () => relabel(prediction.label) }]),
        {
          key: 'X',
          keys: ['x', 'Delete'],
          text: texts.remove,
          look: 'danger',
          run: () => queue.decide({ kind: 'remove' }),
        },
        { key: '→', keys: ['ArrowRight'], text: texts.skip, run: () => queue.skip() },
      ]}
      dataset={dataset}
      onLabel={relabel}
      onUndo={() => queue.undo()}
      hint={texts.keptHint}
    >
      <div>
        <p class="muted">{texts.saysClassifier(model.name)}</p>
        <Bars predictions={[prediction]} />
      </div>
    </ReviewCard>
  );
}
